import type { Tag } from '@aws-sdk/client-ssm';
import type { Constraint } from '../../constraints.js';
import { instanceError } from './instance-error.js';
import type { Tags } from './managed-instance.js';

/** Of one resource. */
export const MAX_TAGS = 50;
const CHARACTERS = /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u;

export const TAG_KEY: Constraint = { length: [1, 128], pattern: CHARACTERS };
export const TAG_LIST: Constraint = {
  length: [0, 1000],
  each: { Key: { required: true, ...TAG_KEY }, Value: { required: true, length: [0, 256], pattern: CHARACTERS } },
};

export function readTags(tags: readonly Tag[] = []): Tags {
  const record = new Map<string, string>();
  for (const { Key: key = '', Value: value = '' } of tags) {
    if (key.toLowerCase().startsWith('aws:')) throw instanceError.reservedTag(key);
    if (record.has(key)) throw instanceError.duplicateTags(key);
    record.set(key, value);
  }
  requireTagCount(record.size);
  return Object.fromEntries(record);
}

export function requireTagCount(count: number): void {
  if (count > MAX_TAGS) throw instanceError.tooManyTags();
}

export function tagList(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** The condition keys of a request that brings tags. */
export function tagConditions(tags: readonly Tag[] = []): Record<string, string | readonly string[]> {
  if (tags.length === 0) return {};
  return {
    'aws:TagKeys': tags.map(({ Key = '' }) => Key),
    ...Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [`aws:RequestTag/${Key}`, Value])),
  };
}
