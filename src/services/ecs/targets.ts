import type { Database } from '../../platform/store/database.js';
import type { Targets, TargetState } from '../session-ports.js';
import type { EcsArns } from './arns.js';
import { isEnterable } from './managed-agent.js';
import { whyNotEnterable } from './not-enterable.js';
import type { EcsSettings } from './ports.js';
import { present } from './present.js';
import { sessionTimes } from './session-times.js';
import { tagRecord } from './tag.js';
import { tagStore } from './tag-store.js';
import { taskStore } from './task-store.js';

/** Cluster names may hold `_`: split from the right, a task id has 32 hex digits (ecs-api 2). */
const TARGET = /^ecs:([A-Za-z0-9_-]{1,255})_([0-9a-f]{32})_([A-Za-z0-9-]{1,128})$/;

/** Containers by the target name that sessions use. */
export class EcsTargets implements Targets {
  readonly #database: Database;
  readonly #arns: EcsArns;
  readonly #settings: EcsSettings;

  constructor({ database, arns, settings }: { database: Database; arns: EcsArns; settings: EcsSettings }) {
    this.#database = database;
    this.#arns = arns;
    this.#settings = settings;
  }

  async tagsOf(target: string): Promise<Readonly<Record<string, string>>> {
    const [, clusterName, taskId] = TARGET.exec(target) ?? [];
    if (clusterName === undefined || taskId === undefined) return {};
    return tagRecord(await tagStore.find(this.#database, this.#arns.task(clusterName, taskId)));
  }

  async find(target: string): Promise<TargetState | undefined> {
    const [, clusterName, taskId, runtimeId] = TARGET.exec(target) ?? [];
    if (clusterName === undefined || taskId === undefined) return undefined;
    const task = await taskStore.find(this.#database, this.#arns.task(clusterName, taskId));
    const container = task?.containers.find((candidate) => candidate.runtimeId === runtimeId);
    if (task === undefined || container === undefined) return undefined;
    const enterable = isEnterable(task, container, this.#settings.limits);
    return {
      taskArn: task.arn,
      clusterArn: task.clusterArn,
      containerName: container.name,
      enterable,
      ...(!enterable && { notEnterable: whyNotEnterable(task, container) }),
      sessionLimit: this.#settings.sessionLimit,
      ...present({
        times: sessionTimes(await tagStore.find(this.#database, task.clusterArn), this.#settings.limits),
      }),
    };
  }
}
