import type { PlacementStrategy } from '@aws-sdk/client-ecs';
import type { Queries } from '../../platform/store/database.js';
import type { Network } from '../network.js';
import type { ServiceRoles } from '../role-credentials.js';
import type { EcsArns } from './arns.js';
import { clusterStore } from './cluster-store.js';
import type { DaemonPlace } from './daemon-plan.js';
import { unsuitedFor, type Candidate } from './instance-placement.js';
import { platformOf } from './platform.js';
import { type ContainerInstance, instanceZone } from './container-instance.js';
import { containerInstanceStore } from './container-instance-store.js';
import type { Identifiers } from './identifiers.js';
import type { InstanceCapacity } from './instance-capacity.js';
import { newTask, type TaskPlan } from './new-task.js';
import type { Clock } from './ports.js';
import { taskDefinitionReference } from './references.js';
import { primaryDeployment, type Service } from './service.js';
import { serviceStore } from './service-store.js';
import { tagStore } from './tag-store.js';
import { mergeTags, type Tag } from './tag.js';
import type { Task } from './task.js';
import { taskDefinitionStore } from './task-definition-store.js';
import { readOverrides } from './task-overrides.js';
import { roleRefusal } from './task-role.js';

export interface ServiceTasksOptions {
  readonly arns: EcsArns;
  readonly ids: Identifiers;
  readonly network: Network;
  readonly clock: Clock;
  readonly capacity: InstanceCapacity;
  readonly roles: ServiceRoles | undefined;
}

/** What AWS does where a service has no strategy. */
const OVER_ZONES: readonly PlacementStrategy[] = Object.freeze([
  { type: 'spread', field: 'attribute:ecs.availability-zone' },
]);

export interface ServiceZones {
  readonly zones: readonly string[];
  readonly ofInstances: ReadonlyMap<string, string>;
}

/** Makes the tasks of services. */
export class ServiceTasks {
  readonly #options: ServiceTasksOptions;

  constructor(options: ServiceTasksOptions) {
    this.#options = options;
  }

  /** Why the role of the service's next tasks cannot be assumed; undefined when it can. Not within a transaction. */
  async roleRefusal(queries: Queries, serviceArn: string): Promise<string | undefined> {
    const { arns, roles } = this.#options;
    if (roles === undefined) return undefined;
    const service = await serviceStore.find(queries, serviceArn);
    const primary = service && primaryDeployment(service);
    if (primary === undefined || service?.status !== 'ACTIVE') return undefined;
    const definition = await taskDefinitionStore.find(
      queries,
      taskDefinitionReference(arns, primary.taskDefinitionArn),
    );
    return (await roleRefusal(roles, definition?.taskRoleArn))?.text;
  }

  /**
   * Up to `count` tasks of the PRIMARY deployment, not yet stored, and their tags, stored; on `instances`, one on each,
   * where they are given, or in one zone. `obstacle` says in a sentence why there are fewer.
   */
  async start(
    queries: Queries,
    service: Service,
    count: number,
    live: number,
    instances?: readonly ContainerInstance[],
    zone?: string,
  ): Promise<{ readonly started: readonly Task[]; readonly obstacle: string | undefined }> {
    const { arns, clock, capacity } = this.#options;
    const deployment = primaryDeployment(service);
    const cluster = await clusterStore.find(queries, service.clusterName);
    const definition =
      deployment &&
      (await taskDefinitionStore.find(queries, taskDefinitionReference(arns, deployment.taskDefinitionArn)));
    if (deployment === undefined || cluster === undefined || definition === undefined) {
      return { started: [], obstacle: undefined };
    }
    const rules = {
      constraints: [...(definition.placementConstraints ?? []), ...(service.placementConstraints ?? [])],
      strategy: service.placementStrategy?.length ? service.placementStrategy : OVER_ZONES,
    };
    const tags = await this.#tags(queries, service, definition.taskDefinitionArn);
    const inZone = zone === undefined ? undefined : await this.#instancesIn(queries, cluster.arn, zone);
    const started: Task[] = [];
    let obstacle: string | undefined;
    for (let position = live; position < live + count; position++) {
      const plan: TaskPlan = {
        cluster,
        definition,
        launch: deployment.launch,
        overrides: readOverrides(arns, definition, undefined),
        enableExecuteCommand: service.enableExecuteCommand,
        group: `service:${service.name}`,
        startedBy: deployment.id,
        serviceArn: service.arn,
        deploymentId: deployment.id,
        position,
        zone,
      };
      const task = newTask(this.#options, plan, clock());
      const only = instances?.slice(position - live, position - live + 1) ?? inZone;
      const place = await capacity.find(queries, cluster, task, started, rules, only);
      if (place.failures.length > 0 || place.obstacle !== undefined) {
        obstacle = place.obstacle;
        // Another instance may have room for its own.
        if (instances === undefined) break;
        continue;
      }
      await tagStore.put(queries, task.arn, tags);
      started.push(place.task);
    }
    return { started, obstacle };
  }

  /** Where tasks of the service can be, and where those on container instances are: by the instance's ARN. */
  async zones(queries: Queries, service: Service): Promise<ServiceZones> {
    const { network } = this.#options;
    const launch = primaryDeployment(service)?.launch;
    const ofInstances = new Map<string, string>();
    if (launch?.launchType === 'FARGATE') {
      const subnets = launch.networkConfiguration?.awsvpcConfiguration?.subnets ?? [];
      return { zones: [...new Set(subnets.map((id) => network.zoneOf(id)))].sort(), ofInstances };
    }
    const places = await this.places(queries, service);
    for (const { arn, instance } of places) {
      const zone = instanceZone(instance);
      if (zone !== undefined) ofInstances.set(arn, zone);
    }
    const suited = places.filter(({ connected, suits }) => connected && suits).map(({ arn }) => ofInstances.get(arn));
    return { zones: [...new Set(suited.filter((zone) => zone !== undefined))].sort(), ofInstances };
  }

  async #instancesIn(queries: Queries, clusterArn: string, zone: string): Promise<readonly ContainerInstance[]> {
    const registered = await containerInstanceStore.registered(queries, clusterArn);
    return registered.filter((instance) => instanceZone(instance) === zone);
  }

  /** The container instances of the service's cluster, as a DAEMON service sees them. */
  async places(queries: Queries, service: Service): Promise<readonly (DaemonPlace & Pick<Candidate, 'instance'>)[]> {
    const { arns, capacity } = this.#options;
    const primary = primaryDeployment(service);
    const definition =
      primary && (await taskDefinitionStore.find(queries, taskDefinitionReference(arns, primary.taskDefinitionArn)));
    if (primary === undefined || definition === undefined) return [];
    const { launchType } = primary.launch;
    const { enableExecuteCommand } = service;
    const group = `service:${service.name}`;
    const requirement = { launchType, enableExecuteCommand, group, ...platformOf(definition) };
    const constraints = [...(definition.placementConstraints ?? []), ...(service.placementConstraints ?? [])];
    return (await capacity.candidates(queries, service.clusterArn)).map((candidate) => {
      const { instance, connected } = candidate;
      const suits = instance.status === 'ACTIVE' && unsuitedFor(candidate, requirement, constraints) === undefined;
      return { arn: instance.arn, instance, connected, suits };
    });
  }

  async #tags(queries: Queries, service: Service, taskDefinitionArn: string): Promise<Tag[]> {
    const managed = service.enableECSManagedTags
      ? [
          { key: 'aws:ecs:clusterName', value: service.clusterName },
          { key: 'aws:ecs:serviceName', value: service.name },
        ]
      : [];
    const source = { NONE: undefined, SERVICE: service.arn, TASK_DEFINITION: taskDefinitionArn }[service.propagateTags];
    return mergeTags(source === undefined ? [] : await tagStore.find(queries, source), managed);
  }
}
