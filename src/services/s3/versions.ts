import type { Queries } from '../../platform/store/database.js';
import { bucketStore } from './bucket-store.js';
import { s3Error } from './s3-error.js';

/** Of a version that was written where versions were not kept. */
export const NULL_VERSION = 'null';

/** Ids as they are made here; AWS's are as opaque, of any form. */
const VERSION_ID = /^[A-Za-z0-9_-]{32}$/;
const VERSION_ID_BYTES = 24;

/** Undefined: versions have never been kept. */
export type Versioning = 'Enabled' | 'Suspended' | undefined;

export async function versioningOf(queries: Queries, bucket: string): Promise<Versioning> {
  const value = await bucketStore.setting(queries, bucket, 'versioning');
  return value === undefined ? undefined : (JSON.parse(value) as Versioning);
}

export function newVersionId(random: (length: number) => Uint8Array): string {
  return Buffer.from(random(VERSION_ID_BYTES)).toString('base64url');
}

/** The version that a request names; undefined: whichever is current. Throws InvalidArgument. */
export function versionIn(query: URLSearchParams): string | undefined {
  return checkedVersion(query.get('versionId') ?? undefined);
}

export function checkedVersion(versionId: string | undefined): string | undefined {
  if (versionId === undefined || versionId === NULL_VERSION || VERSION_ID.test(versionId)) return versionId;
  throw s3Error.invalidArgument('Invalid version id specified', 'versionId', versionId);
}
