import { setTimeout as sleep } from 'node:timers/promises';
import { AwsError } from '../aws-error.js';

/** The delay before attempt n + 1 is anything up to BASE * 2^(n-1), at most MAX. */
export const RETRY_BASE_MS = 100;
export const RETRY_MAX_MS = 5_000;

const throttlingCodes: ReadonlySet<string> = new Set([
  'BandwidthLimitExceeded',
  'PriorRequestNotComplete',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

/** Runs up to `attempts` times while what fails may pass: 5xx, throttling, a connection that broke or timed out. */
export async function retry<T>(
  run: () => Promise<T>,
  options: { attempts: number; signal: AbortSignal | undefined },
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (attempt >= options.attempts || options.signal?.aborted === true || !mayPass(error)) throw error;
    }
    const longest = Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** (attempt - 1));
    await sleep(Math.random() * longest, undefined, options.signal && { signal: options.signal });
  }
}

const PASSING: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Whether the same request may succeed a moment later. */
export function mayPass(error: unknown): boolean {
  if (error instanceof AwsError) {
    return error.fault === 'server' || error.status === 429 || throttlingCodes.has(error.code);
  }
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // Names that do not resolve and certificates that do not hold will not do so the next time.
  return error.name === 'TimeoutError' || PASSING.has(code);
}
