import type { TaskRoleCredentials } from '../../core/protocol/agent-service.js';
import { parseTarget } from '../../core/protocol/target.js';
import { RoleRefused, type ServiceRoles } from '../role-credentials.js';
import type { Deliveries } from './deliveries.js';
import { recordingError } from './recording-error.js';
import type { RecordingRow } from './recording-index.js';

/** Whom tasks' roles trust. */
const TASKS_SERVICE = 'ecs-tasks.amazonaws.com';

/** Lends a session's task role to a host whose task is gone, for bringing the record where it is still missing. */
export class RoleForDelivery {
  readonly #roles: ServiceRoles;
  readonly #deliveries: Deliveries;

  constructor(roles: ServiceRoles, deliveries: Deliveries) {
    this.#roles = roles;
    this.#deliveries = deliveries;
  }

  async credentials(row: RecordingRow): Promise<TaskRoleCredentials> {
    const { taskRoleArn, target } = row.session;
    if (taskRoleArn === undefined) throw recordingError.notFound('The task of this session has no role.');
    if (!(await this.#deliveries.outstanding(row))) {
      throw recordingError.validation('Nothing of this record is still to be delivered.');
    }
    try {
      // Named after the task, as the task's own sessions are.
      const taskId = parseTarget(target)?.taskId ?? row.sessionId;
      const credentials = await this.#roles.assume(taskRoleArn, TASKS_SERVICE, taskId);
      const { roleArn, accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
      return {
        credentialsId: row.sessionId,
        ...{ roleArn, accessKeyId },
        secretAccessKey: secretAccessKey.reveal(),
        sessionToken: sessionToken.reveal(),
        expiration: new Date(expiration).toISOString(),
      };
    } catch (error) {
      if (!(error instanceof RoleRefused)) throw error;
      throw recordingError.roleRefused(taskRoleArn, error);
    }
  }
}
