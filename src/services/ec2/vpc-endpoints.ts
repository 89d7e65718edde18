import { describeOperation } from './describe-operation.js';
import { ec2Error } from './ec2-error.js';
import { set, structure, text } from './ec2-shapes.js';

const shape = structure('VpcEndpoint', {
  vpcEndpointId: text,
  vpcEndpointType: text,
  vpcId: text,
  serviceName: text,
  state: text,
  ownerId: text,
});

const FILTERS = [
  ...['ip-address-type', 'service-name', 'vpc-id', 'vpc-endpoint-id', 'vpc-endpoint-state', 'vpc-endpoint-type'],
];

/** There are none: tasks reach the endpoint over the network of their hosts. */
export function describeVpcEndpoints() {
  return describeOperation<{ readonly vpcEndpointId: string }>({
    name: 'VpcEndpoints',
    set: 'vpcEndpointSet',
    shape: set(shape),
    ids: [
      {
        parameter: 'VpcEndpointId',
        calledInErrors: 'vpcEndpointIds',
        idOf: ({ vpcEndpointId }) => vpcEndpointId,
        notFound: (id) =>
          ec2Error.notFound('InvalidVpcEndpointId.NotFound', `The Vpc Endpoint Id '${id}' does not exist`),
      },
    ],
    all: () => Promise.resolve([]),
    filterValues: () => ({}),
    filterNames: FILTERS,
    paged: true,
  });
}
