import {
  ListTagsForResourceRequest$,
  ListTagsForResourceResponse$,
  ListTagsLogGroupRequest$,
  ListTagsLogGroupResponse$,
  TagLogGroupRequest$,
  TagResourceRequest$,
  UntagLogGroupRequest$,
  UntagResourceRequest$,
} from '@aws-sdk/client-cloudwatch-logs';
import type {
  ListTagsForResourceRequest,
  ListTagsLogGroupRequest,
  TagLogGroupRequest,
  TagResourceRequest,
  UntagLogGroupRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-cloudwatch-logs';
import type { AwsError } from '../../platform/aws/aws-error.js';
import type { Operation } from '../../platform/aws/service.js';
import { requireGroup } from './group-operations.js';
import { groupStore } from './group-store.js';
import { LogAccess, tagConditions } from './log-access.js';
import { MAX_TAGS, requireTags } from './log-tags.js';
import { logsError } from './logs-error.js';
import { EMPTY_OUTPUT, logsOperation, shape } from './logs-operation.js';
import type { LogsParts } from './logs-parts.js';
import { type Tags, tagStore } from './tag-store.js';

const KEYS = { required: true, each: { length: [1, 128] } } as const;

/** By ARN, and by name as clients of old do. */
export function tagOperations(parts: LogsParts): readonly Operation[] {
  const { database, arns } = parts;
  const access = new LogAccess(parts);
  const keysCondition = (keys: readonly string[]) => (keys.length === 0 ? {} : { 'aws:TagKeys': keys });

  function groupOf(arn: string): string {
    const name = arns.nameOf(arn);
    if (name === undefined) throw logsError.invalid('The specified resource ARN is not valid.');
    return name;
  }

  async function tag(name: string, tags: Tags, tooMany: AwsError, missing: AwsError): Promise<void> {
    requireTags(tags);
    await database.transaction(async (queries) => {
      const group = await groupStore.find(queries, name);
      if (group === undefined) throw missing;
      await tagStore.put(queries, group.id, tags);
      if (Object.keys(await tagStore.all(queries, group.id)).length > MAX_TAGS) throw tooMany;
    });
  }

  async function tagsOf(name: string): Promise<Tags> {
    const { id } = await requireGroup(database, name);
    return tagStore.all(database, id);
  }

  async function untag(name: string, keys: readonly string[]): Promise<void> {
    await database.transaction(async (queries) => {
      const { id } = await requireGroup(queries, name);
      await tagStore.remove(queries, id, keys);
    });
  }

  return [
    logsOperation({
      name: 'TagResource',
      input: TagResourceRequest$,
      output: EMPTY_OUTPUT,
      constraints: { resourceArn: shape.resourceArn },
      access: ({ resourceArn = '', tags = {} }: TagResourceRequest) =>
        access.onBareGroup('logs:TagResource', groupOf(resourceArn), tagConditions(tags)),
      async run({ resourceArn = '', tags = {} }) {
        await tag(groupOf(resourceArn), tags, logsError.tooManyTags(resourceArn), logsError.resourceNotFound());
        return {};
      },
    }),
    logsOperation({
      name: 'UntagResource',
      input: UntagResourceRequest$,
      output: EMPTY_OUTPUT,
      constraints: { resourceArn: shape.resourceArn, tagKeys: KEYS },
      access: ({ resourceArn = '', tagKeys = [] }: UntagResourceRequest) =>
        access.onBareGroup('logs:UntagResource', groupOf(resourceArn), keysCondition(tagKeys)),
      async run({ resourceArn = '', tagKeys = [] }) {
        await untag(groupOf(resourceArn), tagKeys);
        return {};
      },
    }),
    logsOperation({
      name: 'ListTagsForResource',
      input: ListTagsForResourceRequest$,
      output: ListTagsForResourceResponse$,
      constraints: { resourceArn: shape.resourceArn },
      access: ({ resourceArn = '' }: ListTagsForResourceRequest) =>
        access.onBareGroup('logs:ListTagsForResource', groupOf(resourceArn)),
      run: async ({ resourceArn = '' }) => ({ tags: await tagsOf(groupOf(resourceArn)) }),
    }),
    logsOperation({
      name: 'TagLogGroup',
      input: TagLogGroupRequest$,
      output: EMPTY_OUTPUT,
      constraints: { logGroupName: shape.groupName },
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- clients still call it
      access: ({ logGroupName = '', tags = {} }: TagLogGroupRequest) =>
        access.onGroup('logs:TagLogGroup', logGroupName, tagConditions(tags)),
      async run({ logGroupName = '', tags = {} }) {
        const tooMany = logsError.invalid(`A log group can have at most ${MAX_TAGS} tags.`);
        await tag(logGroupName, tags, tooMany, logsError.groupNotFound());
        return {};
      },
    }),
    logsOperation({
      name: 'UntagLogGroup',
      input: UntagLogGroupRequest$,
      output: EMPTY_OUTPUT,
      constraints: { logGroupName: shape.groupName, tags: KEYS },
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- clients still call it
      access: ({ logGroupName = '', tags = [] }: UntagLogGroupRequest) =>
        access.onGroup('logs:UntagLogGroup', logGroupName, keysCondition(tags)),
      async run({ logGroupName = '', tags = [] }) {
        await untag(logGroupName, tags);
        return {};
      },
    }),
    logsOperation({
      name: 'ListTagsLogGroup',
      input: ListTagsLogGroupRequest$,
      output: ListTagsLogGroupResponse$,
      constraints: { logGroupName: shape.groupName },
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- clients still call it
      access: ({ logGroupName = '' }: ListTagsLogGroupRequest) => access.onGroup('logs:ListTagsLogGroup', logGroupName),
      run: async ({ logGroupName = '' }) => ({ tags: await tagsOf(logGroupName) }),
    }),
  ];
}
