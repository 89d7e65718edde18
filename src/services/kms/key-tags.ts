import type { Tag } from '@aws-sdk/client-kms';
import type { Tags } from './key.js';
import { kmsError } from './kms-error.js';

const MAX_TAGS = 50;

/** The tags of a request. Throws TagException for a key that comes twice or is AWS's own. */
export function requireTags(tags: readonly Tag[]): Tags {
  const record = new Map<string, string>();
  for (const { TagKey = '', TagValue = '' } of tags) {
    if (TagKey.toLowerCase().startsWith('aws:')) throw kmsError.tag(`The tag key ${TagKey} is reserved for AWS.`);
    if (record.has(TagKey)) throw kmsError.tag(`Duplicate tag keys: ${TagKey}`);
    record.set(TagKey, TagValue);
  }
  requireTagCount(record.size);
  return Object.fromEntries(record);
}

export function requireTagCount(count: number): void {
  if (count > MAX_TAGS) throw kmsError.limitExceeded(`A key has at most ${MAX_TAGS} tags.`);
}
