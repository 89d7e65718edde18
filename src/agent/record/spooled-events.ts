import type { Sha256 } from '../../core/recording/encode-event.js';
import { describeDamage } from '../../core/recording/recording-damage.js';
import type { RecordingEvent } from '../../core/recording/recording-format.js';
import { RecordingReader } from '../../core/recording/recording-reader.js';
import type { SpoolFiles } from './spool-files.js';

const READ_BYTES = 256 * 1024;

/** The events of a spool from its beginning to what is there now. Throws where they are not what was written. */
export async function* spooledEvents(
  files: SpoolFiles,
  path: string,
  sha256: Sha256,
): AsyncGenerator<RecordingEvent, void, undefined> {
  const reader = new RecordingReader(sha256);
  for (let at = 0; ;) {
    const bytes = await files.read(path, at, READ_BYTES);
    if (bytes.length === 0) return;
    at += bytes.length;
    yield* reader.push(bytes);
    if (reader.damage !== undefined) throw new Error(`the spool is damaged: ${describeDamage(reader.damage)}`);
  }
}
