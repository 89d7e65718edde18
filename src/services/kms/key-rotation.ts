import type { Queries } from '../../platform/store/database.js';
import type { Clock } from '../ecs/ports.js';
import type { Key, RotationType } from './key.js';
import type { KeyMaterials } from './key-materials.js';
import { keyStore } from './key-store.js';

export const DAY_MS = 86_400_000;

/** New material for keys: on demand, and by date when a key is used. */
export class KeyRotation {
  readonly #materials: KeyMaterials;
  readonly #clock: Clock;

  constructor(materials: KeyMaterials, clock: Clock) {
    this.#materials = materials;
    this.#clock = clock;
  }

  /** The key as it is with every rotation that was due by now. Disabled keys and those to be destroyed do not rotate. */
  async catchUp(queries: Queries, key: Key): Promise<Key> {
    let current = key;
    while (isDue(current, this.#clock())) {
      const at = current.nextRotationAt ?? 0;
      current = {
        ...(await this.rotate(queries, current, at, 'AUTOMATIC')),
        nextRotationAt: at + (current.rotationDays ?? 0) * DAY_MS,
      };
      await keyStore.put(queries, current);
    }
    return current;
  }

  async rotate(queries: Queries, key: Key, at: number, type: RotationType): Promise<Key> {
    const rotated = { ...key, materialVersion: key.materialVersion + 1 };
    await this.#materials.create(queries, key.id, rotated.materialVersion, at, type);
    await keyStore.put(queries, rotated);
    return rotated;
  }

  isDue(key: Key): boolean {
    return isDue(key, this.#clock());
  }
}

function isDue({ state, rotationDays, nextRotationAt }: Key, now: number): boolean {
  return state === 'Enabled' && rotationDays !== undefined && nextRotationAt !== undefined && nextRotationAt <= now;
}
