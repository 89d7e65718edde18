import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  TagResourceRequest,
  TagResourceResponse,
  UntagResourceRequest,
  UntagResourceResponse,
} from '@aws-sdk/client-ecs';
import type { Queries } from '../../platform/store/database.js';
import { clusterStore } from './cluster-store.js';
import { containerInstanceStore } from './container-instance-store.js';
import { ecsError } from './ecs-error.js';
import type { EcsParts } from './ecs-parts.js';
import { requireRecordingTags } from './recording-settings.js';
import { taskDefinitionReference } from './references.js';
import { requireSessionTimeTags } from './session-times.js';
import { serviceStore } from './service-store.js';
import { MAX_TAGS, mergeTags, readTags, requireUnreserved } from './tag.js';
import { tagStore } from './tag-store.js';
import { taskDefinitionStore } from './task-definition-store.js';
import { taskStore } from './task-store.js';

type Parts = Pick<EcsParts, 'database' | 'arns' | 'settings'>;

export function tagOperations({ database, arns, settings }: Parts) {
  /** The ARN, when something taggable has it. */
  async function requireResource(queries: Queries, arn: string | undefined): Promise<string> {
    if (arn === undefined || arn === '') throw ecsError.required('resourceArn');
    if (!(await exists(queries, arn))) throw ecsError.resourceNotFound();
    return arn;
  }

  async function exists(queries: Queries, arn: string): Promise<boolean> {
    const { type, path } = arns.parse(arn);
    switch (type) {
      case 'cluster':
        return (await clusterStore.find(queries, path[0] ?? ''))?.status === 'ACTIVE';
      case 'service':
        return ['ACTIVE', 'DRAINING'].includes((await serviceStore.find(queries, arn))?.status ?? '');
      case 'task':
        return (await taskStore.find(queries, arn)) !== undefined;
      case 'task-definition':
        return (await taskDefinitionStore.find(queries, taskDefinitionReference(arns, arn))) !== undefined;
      case 'container-instance':
        return ['ACTIVE', 'DRAINING'].includes((await containerInstanceStore.find(queries, arn))?.status ?? '');
      default:
        return false;
    }
  }

  return {
    tag: async (input: TagResourceRequest): Promise<TagResourceResponse> => {
      const tags = readTags(input.tags);
      await database.transaction(async (queries) => {
        const arn = await requireResource(queries, input.resourceArn);
        if (arns.parse(arn).type === 'cluster') {
          requireRecordingTags(tags);
          requireSessionTimeTags(tags, settings.limits);
        }
        const merged = mergeTags(await tagStore.find(queries, arn), tags);
        if (merged.length > MAX_TAGS) throw ecsError.limitExceeded(`The maximum number of tags is ${MAX_TAGS}.`);
        await tagStore.put(queries, arn, merged);
      });
      return {};
    },

    untag: async (input: UntagResourceRequest): Promise<UntagResourceResponse> => {
      const keys = input.tagKeys ?? [];
      keys.forEach(requireUnreserved);
      await database.transaction(async (queries) => {
        const arn = await requireResource(queries, input.resourceArn);
        const tags = await tagStore.find(queries, arn);
        await tagStore.put(
          queries,
          arn,
          tags.filter(({ key }) => !keys.includes(key)),
        );
      });
      return {};
    },

    list: async (input: ListTagsForResourceRequest): Promise<ListTagsForResourceResponse> => {
      const arn = await requireResource(database, input.resourceArn);
      return { tags: [...(await tagStore.find(database, arn))] };
    },
  };
}
