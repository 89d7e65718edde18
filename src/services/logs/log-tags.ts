import { logsError } from './logs-error.js';
import type { Tags } from './tag-store.js';

export const MAX_TAGS = 50;

const TAG_KEY = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

/** Throws InvalidParameterException. */
export function requireTags(tags: Tags): void {
  for (const [key, value] of Object.entries(tags)) {
    if (!TAG_KEY.test(key)) throw logsError.invalid(`The tag key '${key.slice(0, 128)}' is not valid.`);
    if (!TAG_VALUE.test(value)) throw logsError.invalid(`The value of the tag '${key}' is not valid.`);
    if (/^aws:/i.test(key)) throw logsError.invalid('aws: prefixed tag key names are not allowed for external use.');
  }
  if (Object.keys(tags).length > MAX_TAGS) {
    throw logsError.invalid(`A log group can have at most ${MAX_TAGS} tags.`);
  }
}
