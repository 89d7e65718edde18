import type { PartAnswer } from '../../core/recording/recordings-api.js';

/** Bytes that wait to be stored. */
export interface RecordingPart {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly stored: (answer: PartAnswer) => void;
  readonly refused: (error: unknown) => void;
}
