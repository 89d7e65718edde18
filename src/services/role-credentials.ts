import type { Secret } from '../platform/aws/secret.js';

/** Temporary credentials of a role. */
export interface RoleCredentials {
  readonly roleArn: string;
  /** `ASIA…` */
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret;
  /** Milliseconds since the epoch. */
  readonly expiration: number;
}

/** AWS itself cannot take the role: it is not there, or its trust policy does not name the service. */
export class RoleRefused extends Error {
  override readonly name = 'RoleRefused';
}

/** For what a service takes a role, for example a task: it becomes `aws:SourceArn` and `aws:SourceAccount`. */
export interface RoleSource {
  readonly arn: string;
}

/** Roles as services take them for their users. Implemented by `services/sts`, used by `services/ecs`. */
export interface ServiceRoles {
  /** Whether the role could be assumed now. Throws {@link RoleRefused} with the operator's reason. */
  check(roleArn: string, service: string, source?: RoleSource): Promise<void>;
  /** A session of the role for a service, for example `ecs-tasks.amazonaws.com`. Throws {@link RoleRefused}. Six hours by default. */
  assume(
    roleArn: string,
    service: string,
    sessionName: string,
    source?: RoleSource,
    durationSeconds?: number,
  ): Promise<RoleCredentials>;
}
