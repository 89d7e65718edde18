import type { Operation } from '../../platform/aws/service.js';
import type { Network } from '../network.js';
import { ec2Error } from './ec2-error.js';
import { flag, structure, text } from './ec2-shapes.js';

interface VpcAttributeInput {
  readonly VpcId?: string;
  readonly Attribute?: string;
  readonly DryRun?: boolean;
}

/** Of a default VPC. */
const ATTRIBUTES: Readonly<Record<string, boolean>> = Object.freeze({
  enableDnsHostnames: true,
  enableDnsSupport: true,
  enableNetworkAddressUsageMetrics: false,
});

/** What DescribeVpcs does not say of a VPC, one by one. */
export function describeVpcAttribute({ vpcId }: Network): Operation<VpcAttributeInput, object> {
  const value = structure('AttributeBooleanValue', { value: flag });
  const members = Object.fromEntries(Object.keys(ATTRIBUTES).map((name) => [name, value]));
  return {
    name: 'DescribeVpcAttribute',
    input: structure('DescribeVpcAttributeRequest', { VpcId: text, Attribute: text, DryRun: flag }),
    output: structure('DescribeVpcAttributeResult', { vpcId: text, ...members }),
    access: () => [{ action: 'ec2:DescribeVpcAttribute', resources: [{ arn: '*' }] }],

    run({ VpcId, Attribute, DryRun }) {
      if (DryRun === true) return Promise.reject(ec2Error.dryRun());
      if (VpcId === undefined) return Promise.reject(ec2Error.missing('vpcId'));
      if (Attribute === undefined) return Promise.reject(ec2Error.missing('attribute'));
      if (VpcId !== vpcId) {
        return Promise.reject(ec2Error.notFound('InvalidVpcID.NotFound', `The vpc ID '${VpcId}' does not exist`));
      }
      const found = Object.hasOwn(ATTRIBUTES, Attribute) ? ATTRIBUTES[Attribute] : undefined;
      if (found === undefined) {
        return Promise.reject(
          ec2Error.invalidValue(`Value (${Attribute}) for parameter attribute is invalid. Unknown VPC attribute.`),
        );
      }
      return Promise.resolve({ vpcId, [Attribute]: { value: found } });
    },
  };
}
