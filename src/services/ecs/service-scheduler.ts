import type { Database, Queries } from '../../platform/store/database.js';
import type { Identifiers } from './identifiers.js';
import type { ContainerInstance } from './container-instance.js';
import { containerInstanceStore } from './container-instance-store.js';
import { planDaemon } from './daemon-plan.js';
import { completed, deployed, taskEnded } from './deployment.js';
import type { Clock, Log, Timer, Timers } from './ports.js';
import { primaryDeployment, type Service } from './service.js';
import { serviceEventStore } from './service-event-store.js';
import { serviceEvents } from './service-events.js';
import { earliest, planService, START_STEP, type ServicePlan } from './service-plan.js';
import { serviceStore } from './service-store.js';
import type { ServiceTasks } from './service-tasks.js';
import type { TaskChange, TaskChanges } from './task-changes.js';
import type { Task } from './task.js';
import { UNHEALTHY } from './service-health.js';
import { stopRequested } from './task-lifecycle.js';
import { taskStore } from './task-store.js';
import { WorkQueue } from './work-queue.js';
import { countZones, type ZoneCounts } from './zone-balance.js';

export interface ServiceSchedulerOptions {
  readonly database: Database;
  readonly changes: TaskChanges;
  readonly tasks: ServiceTasks;
  readonly ids: Identifiers;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** Keeps services at their desired count. Woken by every change; all it knows stands in the store. */
export class ServiceScheduler {
  readonly #options: ServiceSchedulerOptions;
  readonly #queue: WorkQueue;
  readonly #retries = new Map<string, Timer>();

  constructor(options: ServiceSchedulerOptions) {
    this.#options = options;
    this.#queue = new WorkQueue(
      (serviceArn) => this.#reconcile(serviceArn),
      (serviceArn, error) => options.log.error({ serviceArn, err: error }, 'service not scheduled; tried again later'),
    );
  }

  wake(serviceArn: string): void {
    this.#queue.add(serviceArn);
  }

  /** All services of a cluster, or all there are. */
  async wakeAll(clusterArn?: string): Promise<void> {
    const arns = await serviceStore.unfinished(this.#options.database, clusterArn);
    for (const arn of arns) this.wake(arn);
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  async stop(): Promise<void> {
    for (const timer of this.#retries.values()) timer.cancel();
    this.#retries.clear();
    await this.#queue.stop();
  }

  async #reconcile(serviceArn: string): Promise<void> {
    const { database, changes, tasks } = this.#options;
    const refusal = await tasks.roleRefusal(database, serviceArn);
    const { moved, wakeAt } = await database.transaction((queries) => this.#step(queries, serviceArn, refusal));
    changes.announce(moved);
    this.#wakeAt(serviceArn, wakeAt);
    // There may be more than one step's worth.
    if (moved.filter(({ before }) => before === undefined).length === START_STEP) this.wake(serviceArn);
  }

  async #step(
    queries: Queries,
    serviceArn: string,
    refusal: string | undefined,
  ): Promise<{ readonly moved: readonly TaskChange[]; readonly wakeAt?: number | undefined }> {
    const { clock, ids, changes, tasks } = this.#options;
    const found = await serviceStore.find(queries, serviceArn);
    if (found === undefined || found.status === 'INACTIVE') return { moved: [] };
    const now = clock();
    const events: string[] = [];
    const service = this.#told(rolledBack(found, ids.deployment(), now), found, events);
    const live = await taskStore.live(queries, { serviceArn });
    const { plan, instances, counts } = await this.#plan(queries, service, live, now);
    const moved: TaskChange[] = [];
    let rebalancing = service.rebalancing === true;

    if (plan.start > 0 && refusal !== undefined) events.push(serviceEvents.notLaunched(service, refusal));
    else if (plan.start > 0) {
      const { into } = plan;
      const { started, obstacle } = await tasks.start(queries, service, plan.start, live.length, instances, into);
      for (const after of started) moved.push({ before: undefined, after });
      if (into !== undefined && started.length > 0) {
        events.push(serviceEvents.notBalanced(service, counts ?? new Map()));
        events.push(serviceEvents.startedIn(service, into, started));
        rebalancing = true;
      } else if (started.length > 0) events.push(serviceEvents.started(service, started));
      // A zone without room is no failure of the service: its tasks run.
      if (obstacle !== undefined && into === undefined) events.push(serviceEvents.notPlaced(service, obstacle));
    }
    const stopping = live.filter(({ arn }) => plan.stop.some((planned) => planned.arn === arn));
    const sick = stopping.filter(({ arn }) => plan.unhealthy.includes(arn));
    for (const before of stopping) {
      const reason = sick.includes(before) ? UNHEALTHY : stopReason(service, before.deploymentId);
      moved.push({ before, after: stopRequested(before, { stopCode: 'ServiceSchedulerInitiated', reason }, now) });
    }
    for (const task of sick) events.push(serviceEvents.unhealthy(service, task));
    if (rebalancing && stopping.length > 0) {
      events.push(serviceEvents.stoppedIn(service, stopping[0]?.availabilityZone ?? '', stopping));
    } else if (stopping.length > 0) events.push(serviceEvents.stopped(service, stopping));
    for (const change of moved) await changes.save(queries, change);

    if (rebalancing && plan.steady && plan.into === undefined) {
      events.push(serviceEvents.balanced(service, counts ?? new Map()));
      rebalancing = false;
    }
    let next: Service = {
      ...withFailures(service, sick, now),
      ...((rebalancing || service.rebalancing === true) && { rebalancing }),
      desiredCount: plan.desiredCount ?? service.desiredCount,
      steady: service.steady && plan.steady,
    };
    next = { ...next, deployments: next.deployments.filter(({ id }) => !plan.gone.includes(id)) };
    if (service.status === 'DRAINING' && plan.steady) next = { ...next, status: 'INACTIVE' };
    if (service.status === 'ACTIVE' && plan.steady && !service.steady) {
      const rollout = primaryDeployment(service);
      next = { ...completed(next, now), steady: true };
      if (rollout?.rolloutState === 'IN_PROGRESS') events.push(serviceEvents.completed(service, rollout));
      events.push(serviceEvents.steady(service));
    }
    if (plan.retryAt !== undefined && isStruggling(service)) events.push(serviceEvents.struggling(service));
    if (plan.blocked) events.push(serviceEvents.blocked(service));
    await this.#write(queries, found, next, events);
    return { moved, wakeAt: earliest([plan.retryAt, plan.lookAgainAt]) };
  }

  async #plan(
    queries: Queries,
    service: Service,
    live: readonly Task[],
    now: number,
  ): Promise<{
    readonly plan: ServicePlan & { readonly desiredCount?: number };
    readonly instances?: readonly ContainerInstance[];
    /** Where zones are to be balanced. */
    readonly counts?: ZoneCounts;
  }> {
    if (service.schedulingStrategy === 'DAEMON') {
      const places = await this.#options.tasks.places(queries, service);
      const plan = planDaemon(service, live, places, now);
      const instances = (plan.on ?? []).flatMap((chosen) => places.find(({ arn }) => arn === chosen)?.instance ?? []);
      return { plan, instances };
    }
    const draining = new Set(await containerInstanceStore.draining(queries, service.clusterArn));
    const planned = live.map((task) => ({ ...task, leaving: draining.has(task.host ?? '') }));
    if (service.availabilityZoneRebalancing !== 'ENABLED') return { plan: planService(service, planned, now) };
    const { zones, ofInstances } = await this.#options.tasks.zones(queries, service);
    const placed = planned.map((task) => ({
      ...task,
      zone: ofInstances.get(task.host ?? '') ?? task.availabilityZone,
    }));
    return { plan: planService(service, placed, now, zones), counts: countZones(placed, zones) };
  }

  /** Says once that a deployment has failed, and what it gives way to. */
  #told(service: Service, found: Service, events: string[]): Service {
    const failed = primaryDeployment(found);
    if (failed?.rolloutState !== 'FAILED') return service;
    if (failed.failureTold !== true) events.push(serviceEvents.failed(service, failed));
    if (primaryDeployment(service)?.id !== failed.id) {
      events.push(serviceEvents.rollingBack(service, service.lastCompleted?.id ?? ''));
    }
    const told = { failureTold: true };
    return {
      ...service,
      deployments: service.deployments.map((one) => (one.id === failed.id ? { ...one, ...told } : one)),
    };
  }

  /** Writes what has changed. An event that only repeats the newest one is not written. */
  async #write(queries: Queries, found: Service, next: Service, events: readonly string[]): Promise<void> {
    const { ids, clock } = this.#options;
    if (JSON.stringify(found) !== JSON.stringify(next)) await serviceStore.put(queries, next);
    let newest = events.length === 0 ? undefined : (await serviceEventStore.list(queries, next.arn))[0]?.message;
    for (const message of events) {
      if (message === newest) continue;
      await serviceEventStore.add(queries, next.arn, { id: ids.uuid(), createdAt: clock(), message });
      newest = message;
    }
  }

  #wakeAt(serviceArn: string, time: number | undefined): void {
    this.#retries.get(serviceArn)?.cancel();
    this.#retries.delete(serviceArn);
    if (time === undefined) return;
    const delay = Math.max(0, time - this.#options.clock());
    this.#retries.set(
      serviceArn,
      this.#options.timers.after(delay, () => this.wake(serviceArn)),
    );
  }
}

/** A deployment whose circuit breaker has opened gives way to the last one that was completed, if that is wanted. */
function rolledBack(service: Service, id: string, now: number): Service {
  const primary = primaryDeployment(service);
  const wanted = service.deploymentConfiguration.deploymentCircuitBreaker?.rollback === true;
  const target = service.lastCompleted;
  if (primary?.rolloutState !== 'FAILED' || !wanted || target === undefined || service.status !== 'ACTIVE') {
    return service;
  }
  // A rollback that fails in its turn is not rolled back again.
  if (primary.rollbackOf !== undefined) return service;
  return deployed(service, id, target, now, {
    of: primary.id,
    reason: `ECS deployment circuit breaker: rolling back to deploymentId ${target.id}.`,
  });
}

/** Tasks that failed their health checks count as failed, like those that never ran. */
function withFailures(service: Service, sick: readonly Task[], now: number): Service {
  let { deployments } = service;
  for (const { deploymentId } of sick) {
    deployments = deployments.map((one) => (one.id === deploymentId ? taskEnded(one, service, undefined, now) : one));
  }
  return { ...service, deployments };
}

function stopReason(service: Service, deploymentId: string | undefined): string {
  return `Scaling activity initiated by (deployment ${deploymentId ?? primaryDeployment(service)?.id ?? ''})`;
}

/** Tasks in a row that ended at once before the service says so. */
export const STRUGGLING_AFTER = 3;

function isStruggling(service: Service): boolean {
  return (primaryDeployment(service)?.quickEnds ?? 0) >= STRUGGLING_AFTER;
}
