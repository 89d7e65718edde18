import { createPublicKey } from 'node:crypto';
import type { InstanceKeys } from '../../../platform/aws/access-keys.js';
import type { Operation } from '../../../platform/aws/service.js';
import { activationOperations } from './activation-operations.js';
import { agentOperations } from './agent-operations.js';
import { instanceOperations } from './instance-operations.js';
import { instanceArn, type ManagedInstancesOptions } from './instance-parts.js';
import { instanceStore } from './managed-instance-store.js';
import { tagOperations } from './tag-operations.js';

export interface ManagedInstances {
  /** Further ones of Systems Manager. */
  readonly operations: readonly Operation[];
  /** For the endpoint: who signed as a managed instance. */
  readonly instanceKeys: InstanceKeys;
}

/** Hosts that join with an activation, as ECS Anywhere has them. */
export function createManagedInstances(options: ManagedInstancesOptions): ManagedInstances {
  const { database, accountId } = options;
  return {
    operations: [
      ...activationOperations(options),
      ...agentOperations(options),
      ...instanceOperations(options),
      ...tagOperations(options),
    ],
    instanceKeys: {
      async find(id) {
        const instance = await instanceStore.find(database, id);
        if (instance === undefined) return undefined;
        return {
          publicKey: createPublicKey({ key: Buffer.from(instance.publicKey, 'base64'), format: 'der', type: 'spki' }),
          caller: {
            accountId,
            arn: instanceArn(options, id),
            userId: id,
            accessKeyId: id,
            type: 'managed-instance',
          },
        };
      },
    },
  };
}
