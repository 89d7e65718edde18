/** First delay; each further one doubles. As the official client's (wire-protocol 1.10), but without its long tail. */
export const FIRST_DELAY_MS = 100;
export const LONGEST_DELAY_MS = 5_000;
/** About five minutes of trying, counted in attempts so that a laptop may sleep in between. */
export const RECONNECT_ATTEMPTS = 65;
/** A session that never was connected is not worth waiting for. */
export const FIRST_CONNECT_ATTEMPTS = 5;

/** Milliseconds to wait before attempt `attempt` (0 is the first); `random` in [0, 1) spreads many clients. */
export function reconnectDelay(attempt: number, random: number): number {
  const base = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 16));
  return Math.round(base * (0.5 + random / 2));
}
