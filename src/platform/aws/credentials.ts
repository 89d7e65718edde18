import type { Secret } from './secret.js';

/** What signs a request. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret;
  /** Milliseconds since the epoch; absent for long-term keys. */
  readonly expires?: number;
}
