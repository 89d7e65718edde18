import { randomBytes } from 'node:crypto';
import { sha256 } from '../../platform/crypto/sha256.js';
import type { SessionEnvironment } from './session-environment.js';

/** The real clock, timers that do not keep the process alive, and Node's randomness and SHA-256. */
export const nodeSessionEnvironment: SessionEnvironment = Object.freeze({
  now: () => Date.now(),
  after: (milliseconds: number, work: () => void) => {
    const timer = setTimeout(work, milliseconds).unref();
    return { cancel: () => clearTimeout(timer) };
  },
  randomBytes: (length: number) => randomBytes(length),
  sha256,
});
