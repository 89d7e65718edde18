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
  /** By task. */
  readonly #held = { task: new Map<string, Held>(), execution: new Map<string, Held>() };

  constructor(roles: ServiceRoles | undefined, clock: Clock) {
    this.#roles = roles;
    this.#clock = clock;
  }

  /**
   * Of the task's role, as its host is to have them now: the same ones until they are due. Undefined for a task without
   * a role. The session is named after the task, which is how the gateway knows whose it is. Throws `RoleRefused`. Not
   * to be called from within a transaction.
   */
  async of(task: Task): Promise<TaskRoleCredentials | undefined> {
    const { arn, id, taskRoleArn, credentialsId } = task;
    if (taskRoleArn === undefined || credentialsId === undefined) return undefined;
    const credentials = await this.#current(arn, 'task', taskRoleArn, id);
    return credentials && wireCredentials(credentialsId, credentials);
  }

  /** Of its execution role, likewise. The task never sees them, so that they need no id of their own. */
  async ofExecution({ arn, id }: Task, roleArn: string): Promise<TaskRoleCredentials | undefined> {
    const credentials = await this.#current(arn, 'execution', roleArn, id);
    return credentials && wireCredentials('execution', credentials);
  }

  /** ARNs of the tasks of which some credentials are to be renewed. */
  due(): string[] {
    const now = this.#clock();
    const held = [...this.#held.task, ...this.#held.execution];
    return [...new Set(held.filter(([, { renewAt }]) => renewAt <= now).map(([arn]) => arn))];
  }

  forget(arn: string): void {
    this.#held.task.delete(arn);
    this.#held.execution.delete(arn);
  }

  async #current(
    arn: string,
    kind: 'task' | 'execution',
    roleArn: string,
    sessionName: string,
  ): Promise<RoleCredentials | undefined> {
    if (this.#roles === undefined) return undefined;
    const now = this.#clock();
    let held = this.#held[kind].get(arn);
    if (held === undefined || held.renewAt <= now) {
      const credentials = await this.#roles.assume(roleArn, TASKS_SERVICE, sessionName);
      held = { credentials, renewAt: now + (credentials.expiration - now) * (1 - RENEWAL_SHARE) };
      this.#held[kind].set(arn, held);
    }
    return held.credentials;
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
