import type { Authorization } from '../../platform/aws/access.js';
import type { Service } from '../../platform/aws/service.js';
import type { Sealer } from '../../platform/crypto/sealer.js';
import type { Database } from '../../platform/store/database.js';
import type { DataKeys } from '../data-key-ports.js';
import type { Clock, Log, RandomBytes, SessionKeys, Timers } from '../ecs/ports.js';
import { aliasOperations } from './alias-operations.js';
import { cryptoOperations } from './crypto-operations.js';
import { dataKeyOperations } from './data-key-operations.js';
import { dataKeys } from './data-keys.js';
import { deletionOperations } from './deletion-operations.js';
import { KeyExpiry } from './key-expiry.js';
import { KeyMaterials } from './key-materials.js';
import { keyOperations } from './key-operations.js';
import { KeyReferences } from './key-references.js';
import { KeyRotation } from './key-rotation.js';
import { kmsError } from './kms-error.js';
import type { KmsParts } from './kms-parts.js';
import { policyOperations } from './policy-operations.js';
import { rotationOperations } from './rotation-operations.js';
import { sessionKeys } from './session-keys.js';
import { tagOperations } from './tag-operations.js';

export { kmsMigrations } from './migrations.js';

export interface KmsServiceOptions {
  readonly database: Database;
  /** Opens what is at rest; without the same root key, no blob decrypts. */
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomBytes;
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  readonly log: Log;
  /** Given: ExecuteCommand already asks for the caller's right to the session's key. Absent: only the client's call. */
  readonly authorization?: Authorization;
  /** Asked when another service wants a data key on behalf of its caller. Absent: it gets none. */
  readonly dataKeyAuthorization?: Authorization;
}

export interface KmsService {
  readonly service: Service;
  /** For ECS, before a session begins. */
  readonly sessionKeys: SessionKeys;
  /** For services that keep their data under a customer's key. */
  readonly dataKeys: DataKeys;
  /** Destroys the keys whose day came while nothing ran, and watches for the next. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** AWS Key Management Service: symmetric keys, their aliases, policies and rotation. */
export function createKmsService(options: KmsServiceOptions): KmsService {
  const { database, clock, random, accountId, region, partition } = options;
  const materials = new KeyMaterials(options.sealer, random);
  const expiry = new KeyExpiry(database, clock, options.timers, options.log);
  const parts: KmsParts = {
    database,
    clock,
    random,
    accountId,
    region,
    partition,
    materials,
    references: new KeyReferences({ partition, region, accountId }, clock),
    rotation: new KeyRotation(materials, clock),
    expiry,
  };
  return {
    service: {
      name: 'kms',
      protocol: 'json-1.1',
      targetPrefix: 'TrentService',
      version: '2014-11-01',
      missingMember: (path) => kmsError.missing(path),
      operations: [
        ...keyOperations(parts),
        ...cryptoOperations(parts),
        ...dataKeyOperations(parts),
        ...aliasOperations(parts),
        ...deletionOperations(parts),
        ...policyOperations(parts),
        ...rotationOperations(parts),
        ...tagOperations(parts),
      ],
    },
    sessionKeys: sessionKeys(parts, options.authorization),
    dataKeys: dataKeys(parts, options.dataKeyAuthorization),
    start: () => expiry.start(),
    stop: () => expiry.stop(),
  };
}
