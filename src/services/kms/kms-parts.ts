import type { Database } from '../../platform/store/database.js';
import type { Clock, RandomBytes } from '../ecs/ports.js';
import type { KeyExpiry } from './key-expiry.js';
import type { KeyMaterials } from './key-materials.js';
import type { KeyReferences } from './key-references.js';
import type { KeyRotation } from './key-rotation.js';

/** What the operations are made of. Each takes the parts it uses. */
export interface KmsParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  readonly materials: KeyMaterials;
  readonly references: KeyReferences;
  readonly rotation: KeyRotation;
  readonly expiry: KeyExpiry;
}
