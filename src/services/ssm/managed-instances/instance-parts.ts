import { formatArn } from '../../../platform/aws/arn.js';
import type { Database } from '../../../platform/store/database.js';
import type { ServiceRoles } from '../../role-credentials.js';

export interface ManagedInstancesOptions {
  /** With `managedInstanceMigrations` applied. */
  readonly database: Database;
  readonly roles: ServiceRoles;
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly random: (length: number) => Uint8Array;
}

/** Who takes the roles of managed instances. */
export const SSM_SERVICE = 'ssm.amazonaws.com';

type Account = Pick<ManagedInstancesOptions, 'accountId' | 'region' | 'partition'>;

export function instanceArn({ accountId, region, partition }: Account, id: string): string {
  return formatArn({ partition, service: 'ssm', region, accountId, resource: `managed-instance/${id}` });
}

/** `iamRole` as CreateActivation takes it: a name, with its path where it has one. */
export function roleArn({ accountId, partition }: Account, iamRole: string): string {
  return formatArn({ partition, service: 'iam', region: '', accountId, resource: `role/${iamRole}` });
}
