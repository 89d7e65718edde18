import type { Sealer } from '../../platform/crypto/sealer.js';
import type { Queries } from '../../platform/store/database.js';
import type { RandomBytes } from '../ecs/ports.js';
import type { Rotation, RotationType } from './key.js';

const MATERIAL_BYTES = 32;

/** The material of keys, sealed at rest. Every version is kept for as long as its key. */
export class KeyMaterials {
  readonly #sealer: Sealer;
  readonly #random: RandomBytes;

  constructor(sealer: Sealer, random: RandomBytes) {
    this.#sealer = sealer;
    this.#random = random;
  }

  /** `rotation` undefined: the first one. */
  async create(
    queries: Queries,
    keyId: string,
    version: number,
    at: number,
    rotation: RotationType | undefined,
  ): Promise<void> {
    const sealed = this.#sealer.seal(this.#random(MATERIAL_BYTES), purpose(keyId, version));
    await queries.run(
      'INSERT INTO kms_materials (key_id, version, sealed, created_at, rotation) VALUES (?, ?, ?, ?, ?)',
      keyId,
      version,
      sealed,
      at,
      rotation ?? null,
    );
  }

  /** The bytes in the clear; undefined when the key has no such version. */
  async open(queries: Queries, keyId: string, version: number): Promise<Uint8Array | undefined> {
    const row = await queries.get<{ sealed: Uint8Array }>(
      'SELECT sealed FROM kms_materials WHERE key_id = ? AND version = ?',
      keyId,
      version,
    );
    return row === undefined ? undefined : this.#sealer.open(row.sealed, purpose(keyId, version));
  }

  async rotations(queries: Queries, keyId: string, after: number, limit: number): Promise<readonly Rotation[]> {
    const rows = await queries.all<{ version: number; created_at: number; rotation: string }>(
      `SELECT version, created_at, rotation FROM kms_materials
       WHERE key_id = ? AND rotation IS NOT NULL AND version > ? ORDER BY version LIMIT ?`,
      keyId,
      after,
      limit,
    );
    return rows.map(({ version, created_at: at, rotation }) => ({ version, at, type: rotation as RotationType }));
  }

  async onDemandRotations(queries: Queries, keyId: string): Promise<number> {
    const row = await queries.get<{ count: number }>(
      `SELECT COUNT(*) AS count FROM kms_materials WHERE key_id = ? AND rotation = 'ON_DEMAND'`,
      keyId,
    );
    return row?.count ?? 0;
  }
}

function purpose(keyId: string, version: number): string {
  return `kms-key/${keyId}/${version}`;
}
