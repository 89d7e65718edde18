import {
  CreateLogGroupRequest$,
  DeleteLogGroupRequest$,
  DescribeLogGroupsRequest$,
  DescribeLogGroupsResponse$,
} from '@aws-sdk/client-cloudwatch-logs';
import type {
  CreateLogGroupRequest,
  DeleteLogGroupRequest,
  DescribeLogGroupsRequest,
  LogGroup as LogGroupModel,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Operation } from '../../platform/aws/service.js';
import type { Queries } from '../../platform/store/database.js';
import { groupStore } from './group-store.js';
import { LogAccess, tagConditions } from './log-access.js';
import type { LogGroup } from './log-group.js';
import { requireTags } from './log-tags.js';
import { logsError } from './logs-error.js';
import { EMPTY_OUTPUT, logsOperation, shape } from './logs-operation.js';
import type { LogsParts } from './logs-parts.js';
import { pageToken, readPageToken } from './page-token.js';
import { nextOf } from './sequence.js';
import { tagStore } from './tag-store.js';

const DEFAULT_PAGE = 50;

export function groupOperations(parts: LogsParts): readonly Operation[] {
  const { database, clock, arns, keys } = parts;
  const access = new LogAccess(parts);

  return [
    logsOperation({
      name: 'CreateLogGroup',
      input: CreateLogGroupRequest$,
      output: EMPTY_OUTPUT,
      constraints: { logGroupName: shape.groupName, kmsKeyId: shape.kmsKeyId, logGroupClass: shape.groupClass },
      async access({ logGroupName = '', tags = {} }: CreateLogGroupRequest) {
        const conditions = tagConditions(tags);
        const create = await access.onGroup('logs:CreateLogGroup', logGroupName, conditions);
        if (Object.keys(tags).length === 0) return create;
        return [...create, ...(await access.onBareGroup('logs:TagResource', logGroupName, conditions))];
      },
      async run({ logGroupName: name = '', kmsKeyId, logGroupClass, tags = {}, deletionProtectionEnabled }) {
        requireTags(tags);
        if ((await groupStore.find(database, name)) !== undefined) throw logsError.groupExists();
        const key = kmsKeyId === undefined ? undefined : await keys.generate(name, kmsKeyId);
        await database.transaction(async (queries) => {
          if ((await groupStore.find(queries, name)) !== undefined) throw logsError.groupExists();
          const id = await nextOf(queries, 'ids');
          await groupStore.insert(queries, {
            id,
            name,
            groupClass: logGroupClass ?? 'STANDARD',
            createdAt: clock(),
            retentionDays: undefined,
            kmsKeyArn: key?.keyArn,
            dataKeyId: key && (await keys.keep(queries, id, key)),
            deletionProtected: deletionProtectionEnabled ?? false,
          });
          await tagStore.put(queries, id, tags);
        });
        return {};
      },
    }),
    logsOperation({
      name: 'DescribeLogGroups',
      input: DescribeLogGroupsRequest$,
      output: DescribeLogGroupsResponse$,
      constraints: {
        logGroupNamePrefix: shape.optionalGroupName,
        logGroupNamePattern: shape.groupNamePattern,
        nextToken: shape.nextToken,
        limit: shape.describeLimit,
        logGroupClass: shape.groupClass,
        logGroupIdentifiers: { length: [1, 50], each: shape.groupIdentifier },
      },
      access: () => access.onEverything('logs:DescribeLogGroups'),
      async run(input: DescribeLogGroupsRequest) {
        const { logGroupNamePrefix: prefix, logGroupNamePattern: part, logGroupIdentifiers, nextToken } = input;
        if (prefix !== undefined && part !== undefined) {
          throw logsError.invalid('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
        }
        const limit = input.limit ?? DEFAULT_PAGE;
        const after = nextToken === undefined ? '' : readPageToken('DescribeLogGroups', nextToken, ['string'])[0];
        const names = logGroupIdentifiers?.map((logGroupIdentifier) => arns.groupOf({ logGroupIdentifier }));
        const filter = { prefix, part, names, groupClass: input.logGroupClass };
        const found = await groupStore.list(database, filter, String(after), limit + 1);
        const page = found.slice(0, limit);
        const last = found.length > limit ? page.at(-1) : undefined;
        return {
          logGroups: page.map((group) => groupModel(group, parts)),
          ...(last && { nextToken: pageToken('DescribeLogGroups', last.name) }),
        };
      },
    }),
    logsOperation({
      name: 'DeleteLogGroup',
      input: DeleteLogGroupRequest$,
      output: EMPTY_OUTPUT,
      constraints: { logGroupName: shape.groupName },
      access: ({ logGroupName = '' }: DeleteLogGroupRequest) => access.onGroup('logs:DeleteLogGroup', logGroupName),
      async run({ logGroupName = '' }) {
        await database.transaction(async (queries) => {
          const { id, deletionProtected } = await requireGroup(queries, logGroupName);
          if (deletionProtected) throw logsError.deletionProtected();
          await groupStore.remove(queries, id);
        });
        return {};
      },
    }),
  ];
}

/** Throws ResourceNotFoundException. */
export async function requireGroup(queries: Queries, name: string): Promise<LogGroup> {
  const group = await groupStore.find(queries, name);
  if (group === undefined) throw logsError.groupNotFound();
  return group;
}

function groupModel(group: LogGroup, { arns }: Pick<LogsParts, 'arns'>): LogGroupModel {
  return {
    logGroupName: group.name,
    creationTime: group.createdAt,
    retentionInDays: group.retentionDays,
    metricFilterCount: 0,
    arn: arns.inGroup(group.name),
    logGroupArn: arns.group(group.name),
    storedBytes: group.storedBytes,
    kmsKeyId: group.kmsKeyArn,
    deletionProtectionEnabled: group.deletionProtected,
    logGroupClass: group.groupClass as LogGroupModel['logGroupClass'],
  };
}
