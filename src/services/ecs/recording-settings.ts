import { DEFAULT_RECORDING, type RecordingSettings } from '../../core/protocol/session-document.js';
import { ecsError } from './ecs-error.js';
import type { Tag } from './tag.js';

/** What a cluster gets that says nothing of it. */
export type RecordDefaults = Omit<RecordingSettings, 'sourceIp'>;

export const RECORD_DEFAULTS: RecordDefaults = Object.freeze({
  record: DEFAULT_RECORDING.record,
  input: DEFAULT_RECORDING.input,
  live: DEFAULT_RECORDING.live,
});

/** Tags of a cluster that say how its sessions are recorded, and what each may be. */
const RECORD_TAGS: Readonly<Record<string, readonly string[]>> = Object.freeze({
  'gangway:record': ['required', 'best-effort'],
  'gangway:record-input': ['true', 'false'],
  'gangway:record-live': ['true', 'false'],
});

/**
 * Refuses what would be read as something else than was meant: a cluster whose sessions must be recorded must not lose
 * that by a slip of the pen. Ours: AWS knows no such tags.
 */
export function requireRecordingTags(tags: readonly Tag[]): void {
  for (const { key, value } of tags) {
    if (!key.toLowerCase().startsWith('gangway:record')) continue;
    const allowed = Object.hasOwn(RECORD_TAGS, key) ? RECORD_TAGS[key] : undefined;
    if (allowed === undefined) {
      const known = Object.keys(RECORD_TAGS).join(', ');
      throw ecsError.invalidParameter(`The tag '${key}' of a cluster is not known. Tags for recording are ${known}.`);
    }
    if (!allowed.includes(value)) {
      throw ecsError.invalidParameter(
        `The tag '${key}' of a cluster must be '${allowed.join("' or '")}', not '${value}'.`,
      );
    }
  }
}

/** How the sessions of a cluster with these tags are recorded. */
export function recordingSettings(tags: readonly Tag[], defaults: RecordDefaults, sourceIp: string): RecordingSettings {
  const value = (key: string): string | undefined => tags.find((tag) => tag.key === key)?.value;
  const flag = (key: string, otherwise: boolean): boolean => {
    const text = value(key);
    return text === undefined ? otherwise : text === 'true';
  };
  const record = value('gangway:record');
  return {
    record: record === 'required' || record === 'best-effort' ? record : defaults.record,
    input: flag('gangway:record-input', defaults.input),
    live: flag('gangway:record-live', defaults.live),
    sourceIp,
  };
}
