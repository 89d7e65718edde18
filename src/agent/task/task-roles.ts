import type { TaskPayload, TaskRoleCredentials } from '../../core/protocol/agent-service.js';
import type { RoleType } from '../host/host-connection.js';
import type { CallerCheck } from '../metadata/caller-check.js';
import type { Seat } from '../metadata/task-endpoint.js';
import { TaskRole } from '../role/task-role.js';
import type { TaskServing } from './given-environment.js';

type GivenCredentials = Pick<TaskPayload, 'roleCredentials' | 'executionRoleCredentials'>;

/** The roles of a task: its own, whose credentials its containers may ask for, and the one its host acts with. */
export class TaskRoles {
  readonly own: TaskRole | undefined;
  readonly execution: TaskRole | undefined;
  readonly #seat: Seat | undefined;
  #given: GivenCredentials;

  constructor(payload: TaskPayload, serving: TaskServing | undefined, mayCall: CallerCheck) {
    const { roleCredentials, executionRoleCredentials } = payload;
    this.#given = {
      ...(roleCredentials && { roleCredentials }),
      ...(executionRoleCredentials && { executionRoleCredentials }),
    };
    this.own = roleCredentials && new TaskRole(roleCredentials);
    this.execution = executionRoleCredentials && new TaskRole(executionRoleCredentials);
    this.#seat = this.own && serving?.endpoint.addRole(this.own, payload.arn, mayCall);
  }

  /** Where its containers find its credentials. Secrets. */
  get environment(): Readonly<Record<string, string>> {
    return this.#seat?.environment ?? {};
  }

  /** As they came last. Secrets. */
  get given(): GivenCredentials {
    return this.#given;
  }

  /** A task that was started without a role has nobody who would ask for its credentials. */
  renew(credentials: TaskRoleCredentials, roleType: RoleType): void {
    const role = roleType === 'TaskExecution' ? this.execution : this.own;
    if (role === undefined) return;
    role.renew(credentials);
    const name = roleType === 'TaskExecution' ? 'executionRoleCredentials' : 'roleCredentials';
    this.#given = { ...this.#given, [name]: credentials };
  }

  /** From now on nobody gets them. */
  forget(): void {
    this.#seat?.forget();
  }
}
