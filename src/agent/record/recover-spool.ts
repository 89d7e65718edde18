import { describeDamage } from '../../core/recording/recording-damage.js';
import { EventKind, type RecordingHeader } from '../../core/recording/recording-format.js';
import { encodeEnd, parseHeader } from '../../core/recording/recording-payloads.js';
import { RecordingReader } from '../../core/recording/recording-reader.js';
import type { RecordingState } from '../../core/recording/recording-writer.js';
import type { Log } from '../log.js';
import type { SpoolFiles } from './spool-files.js';
import { Spool, type SpoolOptions, type SpoolPaths } from './spool.js';

export const HOST_DIED = 'The session has ended because its container host has stopped.';

const READ_BYTES = 1024 * 1024;

/** A record that is whole again. */
export interface RecoveredSpool {
  readonly header: RecordingHeader;
  readonly state: RecordingState;
}

/**
 * Makes a record whole that a process which died has left behind: what stands behind its last whole event was never
 * sent and is cut off, and an end is written. Undefined: not even the header is there, so no session began. Rejects with
 * the system's error, and then it can be tried again.
 */
export async function recoverSpool(
  options: SpoolOptions,
  paths: SpoolPaths,
  sessionId: string,
  log: Log,
): Promise<RecoveredSpool | undefined> {
  const { files, sha256 } = options;
  const reader = new RecordingReader(sha256);
  let header: RecordingHeader | undefined;
  for (let at = 0; ;) {
    const bytes = await files.read(paths.spool, at, READ_BYTES);
    if (bytes.length === 0) break;
    at += bytes.length;
    for (const { kind, payload } of reader.push(bytes)) {
      if (kind === EventKind.Header) header = parseHeader(payload);
    }
  }
  const damage = reader.finish();
  const { state } = reader;
  if (header !== undefined && damage === undefined) return { header, state };
  const file = files.open(paths.spool);
  const size = files.size(file);
  const spool = new Spool(options, file, state);
  try {
    if (damage !== undefined && damage.what !== 'cut') {
      // More than one torn write: a disk that lost something. What is there stays for whoever has to find out.
      log.error({ sessionId, damage: describeDamage(damage), kept: paths.torn }, 'a spool was damaged');
      await keep(files, paths, state.length, size);
    }
    if (header === undefined) return undefined;
    files.truncate(file, state.length);
    if (!reader.ended) {
      const { events, bytes, gaps, time } = state;
      const counts = { events, bytes, gaps };
      spool.append(EventKind.End, time, encodeEnd({ exitCode: null, reason: HOST_DIED, recovered: true, counts }));
    }
    await spool.durable();
    return { header, state: spool.state };
  } finally {
    spool.close();
  }
}

async function keep(files: SpoolFiles, { spool, torn }: SpoolPaths, from: number, to: number): Promise<void> {
  files.remove(torn);
  const file = files.create(torn);
  try {
    for (let at = from; at < to;) {
      const bytes = await files.read(spool, at, READ_BYTES);
      if (bytes.length === 0) break;
      for (let written = 0; written < bytes.length;) {
        written += files.write(file, bytes.subarray(written), at - from + written);
      }
      at += bytes.length;
    }
    await files.sync(file);
  } finally {
    files.close(file);
  }
}
