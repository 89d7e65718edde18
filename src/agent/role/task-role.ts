import type { TaskRoleCredentials } from '../../core/protocol/agent-service.js';
import type { Credentials } from '../../platform/aws/credentials.js';
import { Secret } from '../../platform/aws/secret.js';

/** The credentials of a task's role that are good at the moment. */
export interface RoleCredentials extends Credentials {
  readonly roleArn: string;
  readonly sessionToken: Secret;
  /** ISO 8601. */
  readonly expiration: string;
}

/** A task's role, with credentials that are exchanged while the task runs. */
export class TaskRole {
  /** Names the credentials to the task, the same over renewals. */
  readonly credentialsId: string;
  #current: RoleCredentials;

  constructor(credentials: TaskRoleCredentials) {
    this.credentialsId = credentials.credentialsId;
    this.#current = sealed(credentials);
  }

  get current(): RoleCredentials {
    return this.#current;
  }

  /** What signs a request now: whoever holds on to this function uses renewed credentials from his next request on. */
  readonly credentials = (): Promise<Credentials> => Promise.resolve(this.#current);

  /** The last word of the endpoint counts, whenever it ends: what was given before may be void already. */
  renew(credentials: TaskRoleCredentials): void {
    this.#current = sealed(credentials);
  }
}

function sealed(credentials: TaskRoleCredentials): RoleCredentials {
  const { roleArn, accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
  return {
    roleArn,
    accessKeyId,
    secretAccessKey: new Secret(secretAccessKey),
    sessionToken: new Secret(sessionToken),
    expiration,
    expires: Date.parse(expiration),
  };
}
