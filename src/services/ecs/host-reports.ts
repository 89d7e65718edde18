import type { PublishHealthRequest, TaskNetworkMessage } from '../../core/protocol/agent-service.js';
import type { Database } from '../../platform/store/database.js';
import type { Network } from '../network.js';
import { withAddress } from './network-configuration.js';
import type { Log } from './ports.js';
import type { Task } from './task.js';
import type { TaskChanges } from './task-changes.js';
import { withHealth } from './task-health.js';
import { taskStore } from './task-store.js';

export type HostReport = PublishHealthRequest | TaskNetworkMessage;

export interface HostReportsOptions {
  readonly database: Database;
  readonly changes: TaskChanges;
  readonly network: Network;
  readonly log: Log;
}

/** What hosts say of tasks on their connections, beside SubmitTaskStateChange. */
export class HostReports {
  readonly #options: HostReportsOptions;
  /** Reports are taken one after the other: a later one of a task must not be overtaken. */
  #last: Promise<void> = Promise.resolve();

  constructor(options: HostReportsOptions) {
    this.#options = options;
  }

  take(host: string, report: HostReport): void {
    const { log } = this.#options;
    const { taskArn } = report.message;
    this.#last = this.#last
      .then(() => this.#take(host, report))
      .catch((error: unknown) => log.error({ host, taskArn, err: error }, `${report.type} of a host not taken`));
  }

  /** Resolves when nothing that has come is left to take. */
  idle(): Promise<void> {
    return this.#last;
  }

  async #take(host: string, report: HostReport): Promise<void> {
    const { database, changes, network, log } = this.#options;
    const { taskArn } = report.message;
    const change = await database.transaction(async (queries) => {
      const before = await taskStore.find(queries, taskArn);
      // A host speaks of its own tasks only.
      if (before?.host !== host) return undefined;
      const change = { before, after: reported(before, report, network) };
      await changes.save(queries, change);
      return change;
    });
    if (change === undefined) log.warn({ host, taskArn }, `${report.type} of a task that is not on this host`);
    else changes.announce([change]);
  }
}

function reported(task: Task, report: HostReport, { region }: Network): Task {
  return report.type === 'PublishHealthRequest'
    ? withHealth(task, report.message.containers)
    : withAddress(task, report.message, region);
}
