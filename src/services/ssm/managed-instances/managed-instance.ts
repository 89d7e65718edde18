/** What lets further hosts join: an id and, known to whoever made it, a code. */
export interface Activation {
  readonly id: string;
  readonly description: string | undefined;
  readonly defaultInstanceName: string | undefined;
  /** Name of the role of whoever joins, with its path where it has one, for example `service-role/Hosts`. */
  readonly iamRole: string;
  readonly registrationLimit: number;
  readonly registrationsCount: number;
  /** Milliseconds since the epoch, as are all times here. */
  readonly expiresAt: number;
  readonly createdAt: number;
  readonly tags: Tags;
}

export type Tags = Readonly<Record<string, string>>;

/** A host that has joined. */
export interface ManagedInstance {
  /** `mi-` and 17 hex digits. */
  readonly id: string;
  readonly activationId: string;
  readonly iamRole: string;
  readonly name: string | undefined;
  /** SubjectPublicKeyInfo of its RSA key, DER in base64. */
  readonly publicKey: string;
  /** What the host took of itself when it joined; it must say the same whenever it asks for its role. */
  readonly fingerprint: string;
  readonly registeredAt: number;
  readonly tags: Tags;
  /** Of its last ping; absent before the first. */
  readonly pingedAt: number | undefined;
  readonly agent: AgentInformation;
}

/** What an agent says of itself and its machine. */
export interface AgentInformation {
  readonly AgentVersion?: string;
  readonly PlatformType?: string;
  readonly PlatformName?: string;
  readonly PlatformVersion?: string;
  readonly IPAddress?: string;
  readonly ComputerName?: string;
}

/** AWS's bounds: 24 hours unless told otherwise, and at most 30 days. */
export const DEFAULT_ACTIVATION_MS = 24 * 60 * 60_000;
export const MAX_ACTIVATION_MS = 30 * 24 * 60 * 60_000;
/** Base64 of 15 random bytes: 20 characters, as AWS's codes have, and no padding. */
export const ACTIVATION_CODE_BYTES = 15;
/** Hosts ping every five minutes, as AWS's agent does; one that has missed it is not there any more. */
export const PING_LOST_MS = 6 * 60_000;
/** Of an RSA key. What is longer would make every signature of its owner a burden. */
export const RSA_BITS: readonly [least: number, most: number] = [2048, 4096];
