import {
  DeregisterManagedInstanceRequest$,
  DeregisterManagedInstanceResult$,
  DescribeInstanceInformationRequest$,
  DescribeInstanceInformationResult$,
  UpdateManagedInstanceRoleRequest$,
  UpdateManagedInstanceRoleResult$,
  type DeregisterManagedInstanceRequest,
  type DeregisterManagedInstanceResult,
  type DescribeInstanceInformationRequest,
  type DescribeInstanceInformationResult,
  type InstanceInformation,
  type UpdateManagedInstanceRoleRequest,
  type UpdateManagedInstanceRoleResult,
} from '@aws-sdk/client-ssm';
import type { AccessQuestion, AccessResource } from '../../../platform/aws/access.js';
import type { Operation } from '../../../platform/aws/service.js';
import { passRole, requireRole } from './activation-operations.js';
import { instanceError } from './instance-error.js';
import { pingStatus, readFilters } from './instance-filters.js';
import { cutPage, readToken } from './instance-page.js';
import { instanceArn, type ManagedInstancesOptions } from './instance-parts.js';
import type { ManagedInstance } from './managed-instance.js';
import { instanceStore } from './managed-instance-store.js';
import { ssmOperation } from './ssm-operation.js';

/** Of one answer, unless told otherwise: the model's default. */
const PAGE = 10;
const INSTANCE_ID = { required: true, length: [20, 124], pattern: /^mi-[0-9a-f]{17}$/ } as const;

/** Managed instances, for those who run them. */
export function instanceOperations(options: ManagedInstancesOptions): readonly Operation[] {
  const { database, clock } = options;

  async function describe(input: DescribeInstanceInformationRequest): Promise<DescribeInstanceInformationResult> {
    const now = clock();
    const { Filters, InstanceInformationFilterList: older, NextToken } = input;
    const keeps = readFilters(Filters, older, now);
    const question = [Filters, older];
    const found = (await instanceStore.list(database, readToken(question, NextToken))).filter(keeps);
    const { items, token } = cutPage(question, found, input.MaxResults ?? PAGE);
    return { InstanceInformationList: items.map((one) => present(one, now)), ...token };
  }

  async function deregister({
    InstanceId: id = '',
  }: DeregisterManagedInstanceRequest): Promise<DeregisterManagedInstanceResult> {
    if (!(await instanceStore.remove(database, id))) throw instanceError.noInstance(id);
    return {};
  }

  async function updateRole({
    InstanceId: id = '',
    IamRole: iamRole = '',
  }: UpdateManagedInstanceRoleRequest): Promise<UpdateManagedInstanceRoleResult> {
    if ((await instanceStore.find(database, id)) === undefined) throw instanceError.noInstance(id);
    await requireRole(options, iamRole);
    await instanceStore.setRole(database, id, iamRole);
    return {};
  }

  async function onInstance(action: string, id: string): Promise<AccessQuestion> {
    return { action, resources: [await instanceResource(options, id)] };
  }

  return [
    ssmOperation({
      name: 'DescribeInstanceInformation',
      input: DescribeInstanceInformationRequest$,
      output: DescribeInstanceInformationResult$,
      constraints: {
        MaxResults: { range: [5, 50] },
        Filters: { each: { Key: { required: true, length: [1, 256] }, Values: { required: true, length: [1, 100] } } },
        InstanceInformationFilterList: {
          each: { key: { required: true, length: [1, 256] }, valueSet: { required: true, length: [1, 100] } },
        },
      },
      access: () => [{ action: 'ssm:DescribeInstanceInformation', resources: [{ arn: '*' }] }],
      run: describe,
    }),
    ssmOperation({
      name: 'DeregisterManagedInstance',
      input: DeregisterManagedInstanceRequest$,
      output: DeregisterManagedInstanceResult$,
      constraints: { InstanceId: INSTANCE_ID },
      access: async ({ InstanceId: id = '' }: DeregisterManagedInstanceRequest) => [
        await onInstance('ssm:DeregisterManagedInstance', id),
      ],
      run: deregister,
    }),
    ssmOperation({
      name: 'UpdateManagedInstanceRole',
      input: UpdateManagedInstanceRoleRequest$,
      output: UpdateManagedInstanceRoleResult$,
      constraints: { InstanceId: INSTANCE_ID, IamRole: { required: true, length: [1, 64] } },
      access: async ({ InstanceId: id = '', IamRole = '' }: UpdateManagedInstanceRoleRequest) => [
        await onInstance('ssm:UpdateManagedInstanceRole', id),
        passRole(options, IamRole),
      ],
      run: updateRole,
    }),
  ];
}

/** A managed instance, and its tags where it is known. */
export async function instanceResource(options: ManagedInstancesOptions, id: string): Promise<AccessResource> {
  const instance = await instanceStore.find(options.database, id);
  return { arn: instanceArn(options, id), ...(instance && { tags: instance.tags }) };
}

function present(instance: ManagedInstance, now: number): InstanceInformation {
  const { agent, pingedAt, name } = instance;
  return {
    InstanceId: instance.id,
    PingStatus: pingStatus(instance, now),
    ...(pingedAt !== undefined && { LastPingDateTime: new Date(pingedAt) }),
    ...(agent as Pick<InstanceInformation, 'AgentVersion' | 'PlatformName' | 'IPAddress' | 'ComputerName'>),
    ActivationId: instance.activationId,
    IamRole: instance.iamRole,
    RegistrationDate: new Date(instance.registeredAt),
    ResourceType: 'ManagedInstance',
    ...(name !== undefined && { Name: name }),
    SourceId: instance.id,
    SourceType: 'AWS::SSM::ManagedInstance',
  };
}
