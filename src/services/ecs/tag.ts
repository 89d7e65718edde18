import type { Tag as WireTag } from '@aws-sdk/client-ecs';
import { ecsError } from './ecs-error.js';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export const MAX_TAGS = 50;

const MAX_KEY = 128;
const MAX_VALUE = 256;
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Checks tags as a caller sent them; of two with the same key it refuses the request, as AWS does. */
export function readTags(tags: readonly WireTag[] | undefined): Tag[] {
  if ((tags ?? []).length > MAX_TAGS) {
    throw ecsError.invalidParameter(`The maximum number of tags is ${MAX_TAGS}.`);
  }
  const read = (tags ?? []).map(readTag);
  if (new Set(read.map((tag) => tag.key)).size < read.length) {
    throw ecsError.invalidParameter('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  return read;
}

function readTag({ key = '', value = '' }: WireTag): Tag {
  if (key.length < 1 || key.length > MAX_KEY || !CHARACTERS.test(key)) {
    throw ecsError.invalidParameter(`Tag key '${key.slice(0, MAX_KEY)}' is not valid.`);
  }
  if (value.length > MAX_VALUE || !CHARACTERS.test(value)) {
    throw ecsError.invalidParameter(`The value of tag '${key}' is not valid.`);
  }
  requireUnreserved(key);
  return { key, value };
}

/** The prefix `aws:` is AWS's own; a caller can neither set nor remove such a tag. */
export function requireUnreserved(key: string): void {
  if (key.toLowerCase().startsWith('aws:')) {
    throw ecsError.invalidParameter(`Tag key '${key}' is reserved: keys cannot start with aws:.`);
  }
}

/** Later tags win. */
export function mergeTags(...lists: readonly (readonly Tag[])[]): Tag[] {
  const merged = new Map(lists.flat().map((tag) => [tag.key, tag]));
  return [...merged.values()];
}

export function tagRecord(tags: readonly Tag[]): Record<string, string> {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}
