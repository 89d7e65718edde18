import { describeDamage, type RecordingDamage } from '../../core/recording/recording-damage.js';
import { type PlacedEvent, RecordingReader } from '../../core/recording/recording-reader.js';
import { sha256 } from '../../platform/crypto/sha256.js';
import { printable } from './printable.js';

/** A record is not what was written. What was read before stands as it was. */
export class RecordDamaged extends Error {
  override readonly name = 'RecordDamaged';
  readonly damage: RecordingDamage;

  constructor(damage: RecordingDamage) {
    super(`the record is damaged: ${printable(describeDamage(damage))}`);
    this.damage = damage;
  }
}

/**
 * Events of a record, those of each part together. Every one is checked against all before it; throws
 * {@link RecordDamaged} behind the last good one. A record that only stops is of a session that goes on.
 */
export async function* recordEvents(parts: AsyncIterable<Uint8Array>): AsyncGenerator<PlacedEvent[]> {
  const reader = new RecordingReader(sha256);
  for await (const part of parts) {
    const events = reader.push(part);
    if (events.length > 0) yield events;
    if (reader.damage !== undefined) throw new RecordDamaged(reader.damage);
  }
}
