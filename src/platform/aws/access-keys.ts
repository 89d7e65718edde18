import type { KeyObject } from 'node:crypto';
import type { Secret } from './secret.js';
import type { Caller } from './service.js';

/** An access key as the endpoint knows it. */
export interface AccessKey {
  readonly secret: Secret;
  /** Present for temporary credentials: the request must carry exactly this one. */
  readonly sessionToken?: Secret;
  /** In place of it, SHA-256 of the token: where only that is kept. */
  readonly sessionTokenHash?: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly expires?: number;
  readonly caller: Caller;
}

/** Where the endpoint looks up who signed. A disabled key is as good as unknown. */
export interface AccessKeys {
  find(accessKeyId: string): Promise<AccessKey | undefined>;
  /** Told of every request whose signature was right; must be quick. */
  used?(accessKeyId: string, service: string, region: string): void;
}

/** A container host that joined with an activation: what it signs is checked with its public key. */
export interface InstanceKey {
  readonly publicKey: KeyObject;
  readonly caller: Caller;
}

/** Where the endpoint looks up such hosts, by their `mi-…`. */
export interface InstanceKeys {
  find(instanceId: string): Promise<InstanceKey | undefined>;
}
