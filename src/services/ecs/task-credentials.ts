import type { TaskRoleCredentials } from '../../core/protocol/agent-service.js';
import type { RoleCredentials, ServiceRoles } from '../role-credentials.js';
import { TASKS_SERVICE } from './access/pass-role.js';
import type { Clock } from './ports.js';
import type { Task } from './task.js';

/** Credentials are renewed when less than this part of their life is left. */
export const RENEWAL_SHARE = 1 / 4;

interface Held {
  readonly credentials: RoleCredentials;
  /** Milliseconds since the epoch. */
  readonly renewAt: number;
}

/**
 * The credentials that tasks have of their roles. In memory only: after a restart every host connects anew and is given
 * new ones.
 */
export class TaskCredentials {
  readonly #roles: ServiceRoles | undefined;
  readonly #clock: Clock;
  readonly #held = new Map<string, Held>();

  constructor(roles: ServiceRoles | undefined, clock: Clock) {
    this.#roles = roles;
    this.#clock = clock;
  }

  /**
   * As its host is to have them now: the same ones until they are due. Undefined for a task without a role. The session
   * is named after the task, which is how the gateway knows whose it is. Throws `RoleRefused`. Not to be called from
   * within a transaction.
   */
  async of(task: Task): Promise<TaskRoleCredentials | undefined> {
    const { arn, id, taskRoleArn, credentialsId } = task;
    if (this.#roles === undefined || taskRoleArn === undefined || credentialsId === undefined) return undefined;
    const now = this.#clock();
    let held = this.#held.get(arn);
    if (held === undefined || held.renewAt <= now) {
      const credentials = await this.#roles.assume(taskRoleArn, TASKS_SERVICE, id);
      held = { credentials, renewAt: now + (credentials.expiration - now) * (1 - RENEWAL_SHARE) };
      this.#held.set(arn, held);
    }
    return wireCredentials(credentialsId, held.credentials);
  }

  /** ARNs of the tasks whose credentials are to be renewed. */
  due(): string[] {
    const now = this.#clock();
    return [...this.#held].filter(([, { renewAt }]) => renewAt <= now).map(([arn]) => arn);
  }

  forget(arn: string): void {
    this.#held.delete(arn);
  }
}

function wireCredentials(credentialsId: string, credentials: RoleCredentials): TaskRoleCredentials {
  const { roleArn, accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
  return {
    credentialsId,
    roleArn,
    accessKeyId,
    secretAccessKey: secretAccessKey.reveal(),
    sessionToken: sessionToken.reveal(),
    expiration: new Date(expiration).toISOString(),
  };
}
