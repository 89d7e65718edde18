import type { Limits, LimitName } from '../limits.js';
import type { SessionTimes } from '../session-ports.js';
import { ecsError } from './ecs-error.js';
import { present } from './present.js';
import type { Tag } from './tag.js';

/** Shortest and longest time that can be set, in milliseconds. */
export const MIN_SESSION_TIME = 1_000;
export const MAX_SESSION_TIME = 7 * 24 * 60 * 60_000;

const MINUTE = 60_000;

/** Tags of a cluster that say when its sessions end by the clock, and the limit that forbids each. */
const TIME_TAGS = Object.freeze({
  'gangway:idle-timeout': 'idle-timeout',
  'gangway:max-duration': 'max-duration',
} as const) satisfies Readonly<Record<string, LimitName>>;

const FORMS = "minutes, an ISO 8601 duration such as PT90S, or 'none'";

/** Refuses what cannot be read, and what would be without effect: who sets a timeout must not believe in one. */
export function requireSessionTimeTags(tags: readonly Tag[], limits: Limits): void {
  for (const { key, value } of tags) {
    const limit = Object.hasOwn(TIME_TAGS, key) ? TIME_TAGS[key as keyof typeof TIME_TAGS] : undefined;
    if (limit === undefined) {
      if (/^gangway:(idle|max)/i.test(key)) {
        throw ecsError.invalidParameter(
          `The tag '${key}' of a cluster is not known. Tags for times are ${Object.keys(TIME_TAGS).join(', ')}.`,
        );
      }
      continue;
    }
    if (!limits.isOpen(limit)) {
      throw ecsError.invalidParameter(
        `The tag '${key}' is not permitted by the limit '${limit}' of this endpoint. To lift it, start it with --limits ${limit}.`,
      );
    }
    const time = readTime(value);
    if (time === undefined) {
      throw ecsError.invalidParameter(`The tag '${key}' of a cluster must be ${FORMS}, not '${value}'.`);
    }
    if (time !== null && (time < MIN_SESSION_TIME || time > MAX_SESSION_TIME)) {
      throw ecsError.invalidParameter(`The tag '${key}' of a cluster must be from 1 second to 7 days, not '${value}'.`);
    }
  }
}

/** When sessions of a cluster with these tags end. Where a limit holds, its tag does not count. */
export function sessionTimes(tags: readonly Tag[], limits: Limits): SessionTimes | undefined {
  const time = (key: keyof typeof TIME_TAGS): number | null | undefined => {
    const value = limits.isOpen(TIME_TAGS[key]) ? tags.find((tag) => tag.key === key)?.value : undefined;
    return value === undefined ? undefined : readTime(value);
  };
  const times = present({ idleTimeout: time('gangway:idle-timeout'), maxDuration: time('gangway:max-duration') });
  return Object.keys(times).length === 0 ? undefined : times;
}

/** Milliseconds; null: never; undefined: it cannot be read. */
function readTime(text: string): number | null | undefined {
  if (text === 'none' || text === '0') return null;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text) * MINUTE;
  const parts = /^PT(?=\d)(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,8})S)?$/.exec(text);
  if (parts === null) return undefined;
  const [, hours = '0', minutes = '0', seconds = '0'] = parts;
  return Number(hours) * 60 * MINUTE + Number(minutes) * MINUTE + Number(seconds) * 1000;
}
