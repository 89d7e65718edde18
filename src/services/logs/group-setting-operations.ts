import {
  DescribeIndexPoliciesRequest$,
  DescribeIndexPoliciesResponse$,
  DescribeResourcePoliciesRequest$,
  DescribeResourcePoliciesResponse$,
  GetDataProtectionPolicyRequest$,
  GetDataProtectionPolicyResponse$,
  PutLogGroupDeletionProtectionRequest$,
} from '@aws-sdk/client-cloudwatch-logs';
import type {
  DescribeIndexPoliciesRequest,
  GetDataProtectionPolicyRequest,
  PutLogGroupDeletionProtectionRequest,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Operation } from '../../platform/aws/service.js';
import { requireGroup } from './group-operations.js';
import { groupStore } from './group-store.js';
import { LogAccess } from './log-access.js';
import { logsError } from './logs-error.js';
import { EMPTY_OUTPUT, logsOperation, shape } from './logs-operation.js';
import type { LogsParts } from './logs-parts.js';

const IDENTIFIER = { required: true, ...shape.groupIdentifier } as const;
/** Groups of one request of DescribeIndexPolicies. */
const MAX_INDEXED = 100;

/**
 * Settings of log groups: whether one can be deleted, and those that nobody can give it here and CloudFormation reads of
 * each (data protection, field indexes, resource policies).
 */
export function groupSettingOperations(parts: LogsParts): readonly Operation[] {
  const { database, arns } = parts;
  const access = new LogAccess(parts);
  const nameOf = (logGroupIdentifier: string): string => arns.groupOf({ logGroupIdentifier });

  return [
    logsOperation({
      name: 'PutLogGroupDeletionProtection',
      input: PutLogGroupDeletionProtectionRequest$,
      output: EMPTY_OUTPUT,
      constraints: { logGroupIdentifier: IDENTIFIER, deletionProtectionEnabled: { required: true } },
      access: ({ logGroupIdentifier = '' }: PutLogGroupDeletionProtectionRequest) =>
        access.onGroup('logs:PutLogGroupDeletionProtection', nameOf(logGroupIdentifier)),
      async run({ logGroupIdentifier = '', deletionProtectionEnabled = false }) {
        const name = nameOf(logGroupIdentifier);
        const changed = await groupStore.setDeletionProtected(database, name, deletionProtectionEnabled);
        if (changed === 0) throw logsError.groupNotFound();
        return {};
      },
    }),
    logsOperation({
      name: 'GetDataProtectionPolicy',
      input: GetDataProtectionPolicyRequest$,
      output: GetDataProtectionPolicyResponse$,
      constraints: { logGroupIdentifier: IDENTIFIER },
      access: ({ logGroupIdentifier = '' }: GetDataProtectionPolicyRequest) =>
        access.onGroup('logs:GetDataProtectionPolicy', nameOf(logGroupIdentifier)),
      async run({ logGroupIdentifier = '' }) {
        await requireGroup(database, nameOf(logGroupIdentifier));
        return { logGroupIdentifier };
      },
    }),
    logsOperation({
      name: 'DescribeIndexPolicies',
      input: DescribeIndexPoliciesRequest$,
      output: DescribeIndexPoliciesResponse$,
      constraints: {
        logGroupIdentifiers: { required: true, length: [1, MAX_INDEXED], each: shape.groupIdentifier },
        nextToken: shape.nextToken,
      },
      async access({ logGroupIdentifiers }: DescribeIndexPoliciesRequest) {
        const asked = (logGroupIdentifiers ?? []).map((one) =>
          access.onGroup('logs:DescribeIndexPolicies', nameOf(one)),
        );
        return (await Promise.all(asked)).flat();
      },
      async run({ logGroupIdentifiers = [] }) {
        for (const one of logGroupIdentifiers) await requireGroup(database, nameOf(one));
        return { indexPolicies: [] };
      },
    }),
    logsOperation({
      name: 'DescribeResourcePolicies',
      input: DescribeResourcePoliciesRequest$,
      output: DescribeResourcePoliciesResponse$,
      constraints: { nextToken: shape.nextToken, limit: shape.describeLimit },
      access: () => access.onEverything('logs:DescribeResourcePolicies'),
      run: () => Promise.resolve({ resourcePolicies: [] }),
    }),
  ];
}
