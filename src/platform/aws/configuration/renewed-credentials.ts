import type { Credentials } from '../credentials.js';

/** Credentials are asked for anew when they are of use for less than this, in milliseconds. */
export const RENEWAL_MS = 5 * 60_000;

/**
 * What `fetch` gives, kept until shortly before it expires; those without an expiry are kept for good. Whoever asks
 * meanwhile waits for the same answer. When a renewal fails, those that are there serve until they expire.
 */
export function renewedCredentials(
  fetch: () => Promise<Credentials>,
  clock: () => number = Date.now,
): () => Promise<Credentials> {
  let kept: Credentials | undefined;
  let pending: Promise<Credentials> | undefined;
  const lastsFor = (): number => (kept === undefined ? 0 : (kept.expires ?? Infinity) - clock());

  async function renew(): Promise<Credentials> {
    try {
      kept = await fetch();
    } catch (error) {
      if (kept === undefined || lastsFor() <= 0) throw error;
    } finally {
      pending = undefined;
    }
    return kept;
  }

  return () => {
    if (kept !== undefined && lastsFor() > RENEWAL_MS) return Promise.resolve(kept);
    return (pending ??= renew());
  };
}
