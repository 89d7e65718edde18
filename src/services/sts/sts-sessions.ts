import { createHash } from 'node:crypto';
import type { AccessKey, AccessKeys } from '../../platform/aws/access-keys.js';
import { Secret } from '../../platform/aws/secret.js';
import type { Caller } from '../../platform/aws/service.js';
import type { Sealer } from '../../platform/crypto/sealer.js';
import type { Database } from '../../platform/store/database.js';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const TOKEN_BYTES = 120;
/** Sessions that are remembered, opened; beyond it the one that was read first is forgotten. */
export const MAX_REMEMBERED_SESSIONS = 10_000;
/** How long an expired session is kept, in milliseconds: so long its caller is told that it has expired. */
export const KEPT_AFTER_EXPIRY_MS = 24 * 60 * 60_000;

export interface StsParts {
  readonly database: Database;
  readonly sealer: Sealer;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly random: (length: number) => Uint8Array;
}

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret;
  /** Milliseconds since the epoch. */
  readonly expiration: number;
}

/** Temporary credentials: made here, and found here when a request is signed with them. */
export class StsSessions implements AccessKeys {
  readonly #parts: StsParts;
  /** Only those that have not expired: they are never changed nor taken back. */
  readonly #known = new Map<string, AccessKey>();

  constructor(parts: StsParts) {
    this.#parts = parts;
  }

  /** Also forgets those that expired long ago. */
  async create(caller: Omit<Caller, 'accessKeyId'>, durationSeconds: number): Promise<SessionCredentials> {
    const { database, sealer, clock, random } = this.#parts;
    const letters = Array.from(random(16), (byte) => BASE32[byte % BASE32.length] ?? '');
    const accessKeyId = `ASIA${letters.join('')}`;
    const secret = Buffer.from(random(30)).toString('base64');
    const token = Buffer.from(random(TOKEN_BYTES)).toString('base64');
    const now = clock();
    const expiration = now + durationSeconds * 1000;
    await database.run('DELETE FROM sts_sessions WHERE expires_at < ?', now - KEPT_AFTER_EXPIRY_MS);
    await database.run(
      'INSERT INTO sts_sessions (access_key_id, secret, token_hash, caller, expires_at) VALUES (?, ?, ?, ?, ?)',
      accessKeyId,
      sealer.sealText(secret, `session-secret/${accessKeyId}`),
      createHash('sha256').update(token).digest('hex'),
      sealer.sealText(JSON.stringify({ ...caller, accessKeyId }), `session-caller/${accessKeyId}`),
      expiration,
    );
    return { accessKeyId, secretAccessKey: new Secret(secret), sessionToken: new Secret(token), expiration };
  }

  async find(accessKeyId: string): Promise<AccessKey | undefined> {
    if (!accessKeyId.startsWith('ASIA')) return undefined;
    const known = this.#known.get(accessKeyId);
    if (known !== undefined && this.#isLive(known)) return known;
    this.#known.delete(accessKeyId);
    const found = await this.#read(accessKeyId);
    // Unknown ids are not remembered: anybody can make up as many as they like.
    if (found !== undefined && this.#isLive(found)) this.#remember(accessKeyId, found);
    return found;
  }

  #isLive({ expires = 0 }: AccessKey): boolean {
    return this.#parts.clock() < expires;
  }

  #remember(accessKeyId: string, found: AccessKey): void {
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size >= MAX_REMEMBERED_SESSIONS) this.#known.delete(oldest);
    this.#known.set(accessKeyId, found);
  }

  async #read(accessKeyId: string): Promise<AccessKey | undefined> {
    const { database, sealer } = this.#parts;
    const row = await database.get<{ secret: string; token_hash: string; caller: string; expires_at: number }>(
      'SELECT secret, token_hash, caller, expires_at FROM sts_sessions WHERE access_key_id = ?',
      accessKeyId,
    );
    if (row === undefined) return undefined;
    return {
      secret: new Secret(sealer.openText(row.secret, `session-secret/${accessKeyId}`)),
      sessionTokenHash: Buffer.from(row.token_hash, 'hex'),
      expires: row.expires_at,
      caller: JSON.parse(sealer.openText(row.caller, `session-caller/${accessKeyId}`)) as Caller,
    };
  }
}

/** Users' keys and temporary ones, told apart by their first letters. */
export function eitherAccessKeys(users: AccessKeys, sessions: AccessKeys): AccessKeys {
  return {
    find: (id) => (id.startsWith('ASIA') ? sessions : users).find(id),
    used: (id, service, region) => (id.startsWith('ASIA') ? sessions : users).used?.(id, service, region),
  };
}
