export type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';

/** A symmetric key, without its material. Times in milliseconds since the epoch. */
export interface Key {
  /** UUID. */
  readonly id: string;
  readonly description: string;
  readonly state: KeyState;
  readonly createdAt: number;
  /** Of a key in PendingDeletion. */
  readonly deletionAt: number | undefined;
  readonly policy: string;
  /** Of the material that encrypts; those before it still decrypt. From 1. */
  readonly materialVersion: number;
  /** Undefined: not rotated by itself. */
  readonly rotationDays: number | undefined;
  readonly nextRotationAt: number | undefined;
}

export type RotationType = 'AUTOMATIC' | 'ON_DEMAND';

export interface Rotation {
  readonly version: number;
  readonly at: number;
  readonly type: RotationType;
}

export interface Alias {
  /** With `alias/`. */
  readonly name: string;
  readonly keyId: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export type Tags = Readonly<Record<string, string>>;
