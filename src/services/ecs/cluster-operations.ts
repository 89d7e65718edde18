import {
  ClusterField,
  ClusterSettingName,
  type ClusterSetting,
  type CreateClusterRequest,
  type CreateClusterResponse,
  type DeleteClusterRequest,
  type DeleteClusterResponse,
  type DescribeClustersRequest,
  type DescribeClustersResponse,
  type ListClustersRequest,
  type ListClustersResponse,
  type PutClusterCapacityProvidersRequest,
  type PutClusterCapacityProvidersResponse,
  type UpdateClusterRequest,
  type UpdateClusterResponse,
  type UpdateClusterSettingsRequest,
  type UpdateClusterSettingsResponse,
} from '@aws-sdk/client-ecs';
import { requireCapacityProviders, requireStrategy } from './capacity-provider.js';
import { requireAtMost, requireName, requireOneOf } from './checks.js';
import { readClusterConfiguration } from './cluster-configuration.js';
import { CHANGED_CLUSTER, clusterModel } from './cluster-model.js';
import { clusterStore } from './cluster-store.js';
import type { Cluster } from './cluster.js';
import { containerInstanceStore } from './container-instance-store.js';
import { ecsError } from './ecs-error.js';
import type { EcsParts } from './ecs-parts.js';
import { cutPage, readPage } from './page.js';
import { requireRecordingTags } from './recording-settings.js';
import { clusterReference } from './references.js';
import { serviceStore } from './service-store.js';
import { requireSessionTimeTags } from './session-times.js';
import { readTags, type Tag } from './tag.js';
import { tagStore } from './tag-store.js';
import { taskStore } from './task-store.js';

const DEFAULT_SETTINGS: readonly ClusterSetting[] = Object.freeze([{ name: 'containerInsights', value: 'disabled' }]);
const INSIGHTS = Object.freeze({ enhanced: 'enhanced', enabled: 'enabled', disabled: 'disabled' });

function readSettings(settings: readonly ClusterSetting[]): readonly ClusterSetting[] {
  for (const { name, value } of settings) {
    requireOneOf(name ?? '', ClusterSettingName, 'setting name');
    requireOneOf(value ?? '', INSIGHTS, 'setting value');
  }
  return settings.length === 0 ? DEFAULT_SETTINGS : settings.slice(-1);
}

/** Members of the request, as the cluster will hold them; absent ones do not appear. */
function readRequest(input: CreateClusterRequest): Partial<Cluster> {
  const { settings, configuration, serviceConnectDefaults, capacityProviders, defaultCapacityProviderStrategy } = input;
  requireCapacityProviders(capacityProviders ?? []);
  requireStrategy(defaultCapacityProviderStrategy ?? [], capacityProviders ?? []);
  return {
    ...(settings === undefined ? {} : { settings: readSettings(settings) }),
    ...(configuration === undefined ? {} : { configuration: readClusterConfiguration(configuration) }),
    ...(serviceConnectDefaults === undefined ? {} : { serviceConnectNamespace: serviceConnectDefaults.namespace }),
    ...(capacityProviders === undefined ? {} : { capacityProviders }),
    ...(defaultCapacityProviderStrategy === undefined ? {} : { defaultCapacityProviderStrategy }),
  };
}

/** Creating a cluster that exists returns it; other arguments than it has are refused. */
function requireSame(existing: Cluster, existingTags: readonly Tag[], asked: Partial<Cluster>, tags: readonly Tag[]) {
  const given = Object.entries(asked) as [keyof Cluster, unknown][];
  const same = given.every(([name, value]) => JSON.stringify(existing[name]) === JSON.stringify(value));
  if (!same || (tags.length > 0 && JSON.stringify(tags) !== JSON.stringify(existingTags))) {
    throw ecsError.invalidParameter(
      'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
    );
  }
}

type Parts = Pick<EcsParts, 'database' | 'arns' | 'settings'>;

export function clusterOperations({ database, arns, settings: { limits } }: Parts) {
  /** Reads, changes and shows an ACTIVE cluster. */
  async function change(reference: string | undefined, work: (cluster: Cluster) => Cluster) {
    const name = clusterReference(arns, reference);
    return database.transaction(async (queries) => {
      const cluster = work(await clusterStore.requireActive(queries, name));
      await clusterStore.put(queries, cluster);
      return { cluster: await clusterModel(queries, cluster, CHANGED_CLUSTER) };
    });
  }

  return {
    create: async (input: CreateClusterRequest): Promise<CreateClusterResponse> => {
      const name = input.clusterName ?? 'default';
      requireName(name, 'Cluster name');
      const tags = readTags(input.tags);
      requireRecordingTags(tags);
      requireSessionTimeTags(tags, limits);
      const asked = readRequest(input);
      return database.transaction(async (queries) => {
        const existing = await clusterStore.find(queries, name);
        if (existing?.status === 'ACTIVE') {
          requireSame(existing, await tagStore.find(queries, existing.arn), asked, tags);
          return { cluster: await clusterModel(queries, existing, CHANGED_CLUSTER) };
        }
        const cluster: Cluster = {
          settings: DEFAULT_SETTINGS,
          capacityProviders: [],
          defaultCapacityProviderStrategy: [],
          ...asked,
          arn: arns.cluster(name),
          name,
          status: 'ACTIVE',
        };
        await clusterStore.put(queries, cluster);
        await tagStore.put(queries, cluster.arn, tags);
        return { cluster: await clusterModel(queries, cluster, CHANGED_CLUSTER) };
      });
    },

    update: async (input: UpdateClusterRequest): Promise<UpdateClusterResponse> => {
      const { settings, configuration, serviceConnectDefaults } = input;
      const read = configuration === undefined ? undefined : readClusterConfiguration(configuration);
      const readSetting = settings === undefined ? undefined : readSettings(settings);
      return change(input.cluster, (cluster) => ({
        ...cluster,
        ...(readSetting === undefined ? {} : { settings: readSetting }),
        // Each of its two parts replaces the old one whole.
        ...(read === undefined ? {} : { configuration: { ...cluster.configuration, ...read } }),
        ...(serviceConnectDefaults === undefined ? {} : { serviceConnectNamespace: serviceConnectDefaults.namespace }),
      }));
    },

    updateSettings: async (input: UpdateClusterSettingsRequest): Promise<UpdateClusterSettingsResponse> => {
      const settings = readSettings(input.settings ?? []);
      return change(input.cluster, (cluster) => ({ ...cluster, settings }));
    },

    putCapacityProviders: async (
      input: PutClusterCapacityProvidersRequest,
    ): Promise<PutClusterCapacityProvidersResponse> => {
      const { capacityProviders = [], defaultCapacityProviderStrategy = [] } = input;
      requireCapacityProviders(capacityProviders);
      requireStrategy(defaultCapacityProviderStrategy, capacityProviders);
      return change(input.cluster, (cluster) => ({ ...cluster, capacityProviders, defaultCapacityProviderStrategy }));
    },

    describe: async (input: DescribeClustersRequest): Promise<DescribeClustersResponse> => {
      const references = input.clusters === undefined || input.clusters.length === 0 ? ['default'] : input.clusters;
      requireAtMost(references, 100, 'clusters');
      const fields = input.include ?? [];
      for (const field of fields) requireOneOf(field, ClusterField, 'include');
      const include = {
        configurations: fields.includes('CONFIGURATIONS'),
        settings: fields.includes('SETTINGS'),
        statistics: fields.includes('STATISTICS'),
        tags: fields.includes('TAGS'),
      };
      const names = references.map((reference) => clusterReference(arns, reference));
      const clusters = [];
      const failures = [];
      for (const name of new Set(names)) {
        const cluster = await clusterStore.find(database, name);
        if (cluster === undefined) failures.push({ arn: arns.cluster(name), reason: 'MISSING' });
        else clusters.push(await clusterModel(database, cluster, include));
      }
      return { clusters, failures };
    },

    list: async (input: ListClustersRequest): Promise<ListClustersResponse> => {
      const page = readPage('ListClusters', input);
      const found = await clusterStore.listActive(database, page);
      const { items, nextToken } = cutPage('ListClusters', page, found, ({ name }) => name);
      return { clusterArns: items.map(({ arn }) => arn), nextToken };
    },

    remove: async (input: DeleteClusterRequest): Promise<DeleteClusterResponse> => {
      const name = clusterReference(arns, input.cluster);
      return database.transaction(async (queries) => {
        const cluster = await clusterStore.require(queries, name);
        if ((await containerInstanceStore.registered(queries, cluster.arn)).length > 0) {
          throw ecsError.clusterContains('ContainerInstances');
        }
        if ((await serviceStore.count(queries, cluster.arn)).length > 0) throw ecsError.clusterContains('Services');
        if ((await taskStore.live(queries, { clusterArn: cluster.arn })).length > 0) {
          throw ecsError.clusterContains('Tasks');
        }
        const inactive: Cluster = { ...cluster, status: 'INACTIVE' };
        await clusterStore.put(queries, inactive);
        return { cluster: await clusterModel(queries, inactive, CHANGED_CLUSTER) };
      });
    },
  };
}
