import type { XmlElement } from '../../platform/aws/outgoing/xml-element.js';
import type { Queries } from '../../platform/store/database.js';
import { bucketStore } from './bucket-store.js';
import { s3Error } from './s3-error.js';
import { childrenOf, requiredText } from './s3-xml.js';

/** Of every bucket since 2023: there are no access control lists. */
export const OWNER_ENFORCED = 'BucketOwnerEnforced';
const OWNERSHIPS = [OWNER_ENFORCED, 'BucketOwnerPreferred', 'ObjectWriter'];

/**
 * Everybody who writes here belongs to the one account: whose an object is, is the same whichever it is. What is left of
 * the choice is whether access control lists may be set.
 */
export function readOwnership(root: XmlElement): string {
  const [rule, ...more] = childrenOf(root, 'Rule');
  if (rule === undefined || more.length > 0) throw s3Error.malformedXml('not exactly one Rule');
  return checkedOwnership(requiredText(rule, 'ObjectOwnership'));
}

export function checkedOwnership(value: string): string {
  if (OWNERSHIPS.includes(value)) return value;
  throw s3Error.malformedXml(`ObjectOwnership ${value}`);
}

/** Buckets whose controls were taken away are as they were before there were any. */
export async function hasAcls(queries: Queries, bucket: string): Promise<boolean> {
  const kept = await bucketStore.setting(queries, bucket, 'ownershipControls');
  return kept !== undefined && kept !== JSON.stringify(OWNER_ENFORCED);
}
