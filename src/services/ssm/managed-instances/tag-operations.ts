import {
  AddTagsToResourceRequest$,
  AddTagsToResourceResult$,
  ListTagsForResourceRequest$,
  ListTagsForResourceResult$,
  RemoveTagsFromResourceRequest$,
  RemoveTagsFromResourceResult$,
  type AddTagsToResourceRequest,
  type AddTagsToResourceResult,
  type ListTagsForResourceRequest,
  type ListTagsForResourceResult,
  type RemoveTagsFromResourceRequest,
  type RemoveTagsFromResourceResult,
} from '@aws-sdk/client-ssm';
import type { Operation } from '../../../platform/aws/service.js';
import { instanceError } from './instance-error.js';
import { instanceResource } from './instance-operations.js';
import type { ManagedInstancesOptions } from './instance-parts.js';
import { readTags, requireTagCount, TAG_KEY, TAG_LIST, tagConditions, tagList } from './instance-tags.js';
import type { ManagedInstance } from './managed-instance.js';
import { instanceStore } from './managed-instance-store.js';
import { ssmOperation } from './ssm-operation.js';

const RESOURCE = { ResourceType: { required: true }, ResourceId: { required: true, length: [1, 256] } } as const;

interface Tagged {
  readonly ResourceType: string | undefined;
  readonly ResourceId: string | undefined;
}

/** Tags of managed instances; those of an activation are set once and for all. */
export function tagOperations(options: ManagedInstancesOptions): readonly Operation[] {
  const { database } = options;

  async function require({ ResourceType: type = '', ResourceId: id = '' }: Tagged): Promise<ManagedInstance> {
    if (type !== 'ManagedInstance') throw instanceError.resourceType(type);
    const instance = await instanceStore.find(database, id);
    if (instance === undefined) throw instanceError.resourceId(id);
    return instance;
  }

  async function add(input: AddTagsToResourceRequest): Promise<AddTagsToResourceResult> {
    const { id, tags } = await require(input);
    const merged = { ...tags, ...readTags(input.Tags) };
    requireTagCount(Object.keys(merged).length);
    await instanceStore.setTags(database, id, merged);
    return {};
  }

  async function remove(input: RemoveTagsFromResourceRequest): Promise<RemoveTagsFromResourceResult> {
    const { id, tags } = await require(input);
    const gone = new Set(input.TagKeys);
    await instanceStore.setTags(
      database,
      id,
      Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))),
    );
    return {};
  }

  async function list(input: ListTagsForResourceRequest): Promise<ListTagsForResourceResult> {
    return { TagList: tagList((await require(input)).tags) };
  }

  const resource = async ({ ResourceId: id = '' }: Tagged) => [await instanceResource(options, id)];
  return [
    ssmOperation({
      name: 'AddTagsToResource',
      input: AddTagsToResourceRequest$,
      output: AddTagsToResourceResult$,
      constraints: { ...RESOURCE, Tags: { required: true, ...TAG_LIST } },
      access: async (input: AddTagsToResourceRequest) => [
        {
          action: 'ssm:AddTagsToResource',
          resources: await resource(input as Tagged),
          conditions: tagConditions(input.Tags),
        },
      ],
      run: add,
    }),
    ssmOperation({
      name: 'RemoveTagsFromResource',
      input: RemoveTagsFromResourceRequest$,
      output: RemoveTagsFromResourceResult$,
      constraints: { ...RESOURCE, TagKeys: { required: true, length: [0, 1000], each: TAG_KEY } },
      access: async (input: RemoveTagsFromResourceRequest) => [
        {
          action: 'ssm:RemoveTagsFromResource',
          resources: await resource(input as Tagged),
          ...((input.TagKeys?.length ?? 0) > 0 && { conditions: { 'aws:TagKeys': input.TagKeys ?? [] } }),
        },
      ],
      run: remove,
    }),
    ssmOperation({
      name: 'ListTagsForResource',
      input: ListTagsForResourceRequest$,
      output: ListTagsForResourceResult$,
      constraints: RESOURCE,
      access: async (input: ListTagsForResourceRequest) => [
        { action: 'ssm:ListTagsForResource', resources: await resource(input as Tagged) },
      ],
      run: list,
    }),
  ];
}
