import {
  CreateActivationRequest$,
  CreateActivationResult$,
  DeleteActivationRequest$,
  DeleteActivationResult$,
  DescribeActivationsFilterKeys,
  DescribeActivationsRequest$,
  DescribeActivationsResult$,
  type Activation as WireActivation,
  type CreateActivationRequest,
  type CreateActivationResult,
  type DeleteActivationRequest,
  type DeleteActivationResult,
  type DescribeActivationsFilter,
  type DescribeActivationsRequest,
  type DescribeActivationsResult,
} from '@aws-sdk/client-ssm';
import { randomUUID } from 'node:crypto';
import type { Operation } from '../../../platform/aws/service.js';
import { RoleRefused } from '../../role-credentials.js';
import { instanceError } from './instance-error.js';
import { cutPage, readToken } from './instance-page.js';
import { type ManagedInstancesOptions, roleArn, SSM_SERVICE } from './instance-parts.js';
import { readTags, TAG_LIST, tagConditions, tagList } from './instance-tags.js';
import {
  ACTIVATION_CODE_BYTES,
  type Activation,
  DEFAULT_ACTIVATION_MS,
  MAX_ACTIVATION_MS,
} from './managed-instance.js';
import { activationStore } from './managed-instance-store.js';
import { ssmOperation } from './ssm-operation.js';

const NAME = /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u;
const ACTIVATION_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Of one answer, unless less is asked for. */
const PAGE = 50;

/** Activations: who may make further hosts join, as ECS Anywhere has them. */
export function activationOperations(options: ManagedInstancesOptions): readonly Operation[] {
  const { database, clock, random } = options;

  async function create(input: CreateActivationRequest): Promise<CreateActivationResult> {
    const iamRole = input.IamRole ?? '';
    const now = clock();
    const expiresAt = input.ExpirationDate?.getTime() ?? now + DEFAULT_ACTIVATION_MS;
    if (expiresAt <= now || expiresAt > now + MAX_ACTIVATION_MS) throw instanceError.expiration();
    const tags = readTags(input.Tags);
    await requireRole(options, iamRole);
    const code = Buffer.from(random(ACTIVATION_CODE_BYTES)).toString('base64');
    const activation: Activation = {
      id: randomUUID(),
      description: input.Description,
      defaultInstanceName: input.DefaultInstanceName,
      iamRole,
      registrationLimit: input.RegistrationLimit ?? 1,
      registrationsCount: 0,
      expiresAt,
      createdAt: now,
      tags,
    };
    await activationStore.add(database, activation, code);
    return { ActivationId: activation.id, ActivationCode: code };
  }

  async function describe(input: DescribeActivationsRequest): Promise<DescribeActivationsResult> {
    const filters = (input.Filters ?? []).map(readFilter);
    const after = readToken(input.Filters, input.NextToken);
    const found = (await activationStore.list(database, after)).filter((one) => filters.every((keeps) => keeps(one)));
    const { items, token } = cutPage(input.Filters, found, input.MaxResults ?? PAGE);
    return { ActivationList: items.map((one) => present(one, clock())), ...token };
  }

  async function remove({ ActivationId: id = '' }: DeleteActivationRequest): Promise<DeleteActivationResult> {
    if (!(await activationStore.remove(database, id))) throw instanceError.invalidActivationId(id);
    return {};
  }

  return [
    ssmOperation({
      name: 'CreateActivation',
      input: CreateActivationRequest$,
      output: CreateActivationResult$,
      constraints: {
        IamRole: { required: true, length: [1, 64] },
        Description: { length: [0, 256] },
        DefaultInstanceName: { length: [0, 256], pattern: NAME },
        RegistrationLimit: { range: [1, 1000] },
        Tags: TAG_LIST,
      },
      access: ({ IamRole = '', Tags }: CreateActivationRequest) => [
        { action: 'ssm:CreateActivation', resources: [{ arn: '*' }], conditions: tagConditions(Tags) },
        passRole(options, IamRole),
      ],
      run: create,
    }),
    ssmOperation({
      name: 'DescribeActivations',
      input: DescribeActivationsRequest$,
      output: DescribeActivationsResult$,
      constraints: { MaxResults: { range: [1, 50] } },
      access: () => [{ action: 'ssm:DescribeActivations', resources: [{ arn: '*' }] }],
      run: describe,
    }),
    ssmOperation({
      name: 'DeleteActivation',
      input: DeleteActivationRequest$,
      output: DeleteActivationResult$,
      constraints: { ActivationId: { required: true, length: [1, 36], pattern: ACTIVATION_ID } },
      access: () => [{ action: 'ssm:DeleteActivation', resources: [{ arn: '*' }] }],
      run: remove,
    }),
  ];
}

/** Handing a role to hosts is an action of its own, as it is to tasks. */
export function passRole(options: ManagedInstancesOptions, iamRole: string) {
  return {
    action: 'iam:PassRole',
    resources: [{ arn: roleArn(options, iamRole) }],
    conditions: { 'iam:PassedToService': SSM_SERVICE },
  };
}

/** Throws unless Systems Manager could take the role now. */
export async function requireRole(options: ManagedInstancesOptions, iamRole: string): Promise<void> {
  const { roles } = options;
  const arn = roleArn(options, iamRole);
  try {
    await roles.check(arn, SSM_SERVICE, source(options));
  } catch (error) {
    throw error instanceof RoleRefused ? instanceError.role(arn, error.message) : error;
  }
}

/** `aws:SourceArn` as the trust policies of AWS's guide compare it: with all of Systems Manager in the region. */
export function source({ partition, region, accountId }: ManagedInstancesOptions) {
  return { arn: `arn:${partition}:ssm:${region}:${accountId}:*` };
}

function readFilter({ FilterKey: key, FilterValues: values = [] }: DescribeActivationsFilter) {
  const wanted = new Set(values);
  const read: Readonly<Record<string, (activation: Activation) => string>> = {
    [DescribeActivationsFilterKeys.ACTIVATION_IDS]: ({ id }) => id,
    [DescribeActivationsFilterKeys.DEFAULT_INSTANCE_NAME]: ({ defaultInstanceName = '' }) => defaultInstanceName,
    [DescribeActivationsFilterKeys.IAM_ROLE]: ({ iamRole }) => iamRole,
  };
  const of = key === undefined || !Object.hasOwn(read, key) ? undefined : read[key];
  if (of === undefined) {
    throw instanceError.invalidFilter(`Filter key must be one of ${Object.keys(read).join(', ')}`);
  }
  return (activation: Activation): boolean => wanted.has(of(activation));
}

function present(activation: Activation, now: number): WireActivation {
  return {
    ActivationId: activation.id,
    ...(activation.description !== undefined && { Description: activation.description }),
    ...(activation.defaultInstanceName !== undefined && { DefaultInstanceName: activation.defaultInstanceName }),
    IamRole: activation.iamRole,
    RegistrationLimit: activation.registrationLimit,
    RegistrationsCount: activation.registrationsCount,
    ExpirationDate: new Date(activation.expiresAt),
    Expired: activation.expiresAt <= now,
    CreatedDate: new Date(activation.createdAt),
    Tags: tagList(activation.tags),
  };
}
