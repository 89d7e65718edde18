import type { Authorization } from '../../platform/aws/access.js';
import type { Database } from '../../platform/store/database.js';
import type { Network } from '../network.js';
import type { ServiceRoles } from '../role-credentials.js';
import type { Sessions } from '../session-ports.js';
import type { EcsArns } from './arns.js';
import type { Hosts } from './hosts.js';
import type { Identifiers } from './identifiers.js';
import type { InstanceCapacity } from './instance-capacity.js';
import type { Clock, EcsSettings, SessionKeys } from './ports.js';
import type { ServiceScheduler } from './service-scheduler.js';
import type { TaskChanges } from './task-changes.js';

/** What the operations are made of. Each takes the parts it uses. */
export interface EcsParts {
  readonly database: Database;
  readonly settings: EcsSettings;
  readonly arns: EcsArns;
  readonly ids: Identifiers;
  readonly network: Network;
  readonly clock: Clock;
  readonly hosts: Hosts;
  readonly capacity: InstanceCapacity;
  readonly changes: TaskChanges;
  readonly scheduler: ServiceScheduler;
  readonly sessions: Sessions;
  readonly authorization: Authorization;
  readonly sessionKeys: SessionKeys | undefined;
  readonly roles: ServiceRoles | undefined;
}
