import {
  TargetType,
  type Attribute,
  type DeleteAttributesRequest,
  type DeleteAttributesResponse,
  type ListAttributesRequest,
  type ListAttributesResponse,
  type PutAttributesRequest,
  type PutAttributesResponse,
} from '@aws-sdk/client-ecs';
import type { Queries } from '../../platform/store/database.js';
import { readAttribute, type AttributeRequest } from './attribute.js';
import { requireAtMost, requireOneOf } from './checks.js';
import { clusterStore } from './cluster-store.js';
import type { Cluster } from './cluster.js';
import { containerInstanceStore } from './container-instance-store.js';
import { instanceAttributes, type ContainerInstance } from './container-instance.js';
import { ecsError } from './ecs-error.js';
import type { EcsParts } from './ecs-parts.js';
import { cutPage, readPage } from './page.js';
import { clusterReference, containerInstanceReference } from './references.js';

type Parts = Pick<EcsParts, 'database' | 'arns' | 'scheduler'>;

/** Quotas of AWS: attributes in one call, and custom attributes of one container instance. */
export const MAX_ATTRIBUTES = 10;

/** Attributes of container instances, which placement looks at. */
export function attributeOperations({ database, arns, scheduler }: Parts) {
  async function target(queries: Queries, cluster: Cluster, reference: string): Promise<ContainerInstance> {
    const { id } = containerInstanceReference(arns, reference);
    const instance = await containerInstanceStore.find(queries, arns.containerInstance(cluster.name, id));
    if (instance === undefined || instance.status === 'INACTIVE') throw ecsError.targetNotFound();
    return instance;
  }

  /** Reads the attributes, and changes the instances they are of. */
  async function change(
    input: PutAttributesRequest | DeleteAttributesRequest,
    work: (custom: readonly Attribute[], attribute: AttributeRequest) => readonly Attribute[],
  ): Promise<{ readonly attributes: Attribute[] }> {
    const given = input.attributes ?? [];
    if (given.length === 0) throw ecsError.required('attributes');
    requireAtMost(given, MAX_ATTRIBUTES, 'attributes');
    const attributes = given.map(readAttribute);
    const { changed, clusterArn } = await database.transaction(async (queries) => {
      const cluster = await clusterStore.requireActive(queries, clusterReference(arns, input.cluster));
      const changed: Attribute[] = [];
      for (const attribute of attributes) {
        const instance = await target(queries, cluster, attribute.targetId);
        const customAttributes = work(instance.customAttributes ?? [], attribute);
        await containerInstanceStore.put(queries, { ...instance, customAttributes, version: instance.version + 1 });
        changed.push({ ...attribute, targetType: 'container-instance', targetId: instance.arn });
      }
      return { changed, clusterArn: cluster.arn };
    });
    await scheduler.wakeAll(clusterArn);
    return { attributes: changed };
  }

  return {
    put: (input: PutAttributesRequest): Promise<PutAttributesResponse> =>
      change(input, (custom, { name, value }) => {
        const others = custom.filter((attribute) => attribute.name !== name);
        if (others.length >= MAX_ATTRIBUTES) throw ecsError.tooManyAttributes();
        return [...others, value === undefined ? { name } : { name, value }];
      }),

    /** What is not there needs no deleting. A value that is given must be the attribute's. */
    remove: (input: DeleteAttributesRequest): Promise<DeleteAttributesResponse> =>
      change(input, (custom, { name, value }) =>
        custom.filter((attribute) => attribute.name !== name || (value !== undefined && attribute.value !== value)),
      ),

    list: async (input: ListAttributesRequest): Promise<ListAttributesResponse> => {
      requireOneOf(input.targetType, TargetType, 'targetType');
      const { attributeName, attributeValue } = input;
      if (attributeValue !== undefined && attributeName === undefined) throw ecsError.required('attributeName');
      const page = readPage('ListAttributes', input);
      const cluster = await clusterStore.require(database, clusterReference(arns, input.cluster));
      const instances = await containerInstanceStore.registered(database, cluster.arn);
      const found = instances
        .flatMap((instance) =>
          instanceAttributes(instance).map(({ name = '', value }) => ({ name, value, targetId: instance.arn })),
        )
        .filter(({ name }) => attributeName === undefined || name === attributeName)
        .filter(({ value }) => attributeValue === undefined || value === attributeValue)
        .map((attribute) => ({ ...attribute, targetType: TargetType.CONTAINER_INSTANCE }))
        .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
        .filter((attribute) => page.after === undefined || keyOf(attribute) > page.after);
      const { items, nextToken } = cutPage('ListAttributes', page, found, keyOf);
      return { attributes: [...items], nextToken };
    },
  };
}

function keyOf({ targetId, name }: { readonly targetId: string; readonly name: string }): string {
  return `${targetId} ${name}`;
}
