import { describe, expect, it } from 'vitest';
import { OutgoingWindow } from './outgoing-window.js';
import type { OutgoingMessage } from './outgoing-window.js';
import { MAX_TIMEOUT, MIN_TIMEOUT, RetransmissionTimeout } from './retransmission-timeout.js';
import { RESEND_ROUND_BYTES, RESEND_ROUND_INTERVAL, Retransmission } from './retransmission.js';

const LIMITS = { maxUnackedMessages: 1_000, maxUnackedBytes: 1 << 22 };

function sent(count: number, bytes = 200, now = 0): { window: OutgoingWindow; retransmission: Retransmission } {
  const window = new OutgoingWindow(LIMITS);
  const retransmission = new Retransmission(window);
  for (let number = 0; number < count; number += 1) {
    retransmission.sent(window.add(number, new Uint8Array(bytes)), now);
  }
  return { window, retransmission };
}

/** A round at `now`: its sequence numbers. */
function round(retransmission: Retransmission, now: number): number[] {
  const overdue = retransmission.takeOverdue(now);
  for (const message of overdue) retransmission.sent(message, now);
  return overdue.map(({ sequenceNumber }) => sequenceNumber);
}

function acknowledge(window: OutgoingWindow, retransmission: Retransmission, number: number, now: number): void {
  retransmission.acknowledged(window.acknowledge(number) as OutgoingMessage, now);
}

describe('the retransmission timeout', () => {
  it('begins at 200 ms', () => {
    expect(new RetransmissionTimeout().current).toBe(200);
  });

  it('follows the formula of wire-protocol 3.2', () => {
    const timeout = new RetransmissionTimeout();
    timeout.sample(300);
    // var = 3/4 * 0 + 1/4 * |100 - 300| = 50; rtt = 7/8 * 100 + 1/8 * 300 = 125; 125 + 4 * 50
    expect(timeout.current).toBe(325);
    timeout.sample(125);
    // var = 37.5; rtt = 125
    expect(timeout.current).toBe(275);
  });

  it('adds at least the granularity of the clock', () => {
    const timeout = new RetransmissionTimeout();
    for (let times = 0; times < 200; times += 1) timeout.sample(400);
    expect(timeout.current).toBeCloseTo(410, 3);
  });

  it('stays between its floor and its ceiling', () => {
    const timeout = new RetransmissionTimeout();
    for (let times = 0; times < 100; times += 1) timeout.sample(0.2);
    expect(timeout.current).toBe(MIN_TIMEOUT);
    for (let times = 0; times < 100; times += 1) timeout.sample(9_000);
    expect(timeout.current).toBe(MAX_TIMEOUT);
    timeout.backOff();
    expect(timeout.current).toBe(MAX_TIMEOUT);
  });

  it('does not believe in a clock that runs backwards', () => {
    const timeout = new RetransmissionTimeout();
    timeout.sample(-5_000);
    expect(timeout.current).toBeLessThanOrEqual(200);
  });

  it('doubles on a loss, until a sample says otherwise', () => {
    const timeout = new RetransmissionTimeout();
    timeout.backOff();
    expect(timeout.current).toBe(400);
    timeout.sample(100);
    expect(timeout.current).toBe(MIN_TIMEOUT + 10);
  });
});

describe('retransmission', () => {
  it('has nothing to do without messages, nor before the timeout', () => {
    expect(sent(0).retransmission.wakeAt).toBeUndefined();
    const { retransmission } = sent(1);
    expect(retransmission.wakeAt).toBe(200);
    expect(round(retransmission, 199)).toEqual([]);
    expect(round(retransmission, 200)).toEqual([0]);
  });

  it('repeats every overdue message, not only the oldest', () => {
    expect(round(sent(5).retransmission, 200)).toEqual([0, 1, 2, 3, 4]);
  });

  it('counts from the last sending', () => {
    const { retransmission } = sent(1);
    round(retransmission, 200);
    expect(round(retransmission, 399)).toEqual([]);
    expect(round(retransmission, 600)).toEqual([0]);
  });

  it('backs off while nothing is acknowledged, and never gives up', () => {
    const { retransmission } = sent(1);
    const rounds: number[] = [];
    let now = 0;
    while (rounds.length < 4_000) {
      now = retransmission.wakeAt!;
      if (round(retransmission, now).length > 0) rounds.push(now);
    }
    expect(rounds.slice(0, 5)).toEqual([200, 600, 1_400, 2_400, 3_400]);
  });

  it('paces rounds by bytes: the longest waiting first', () => {
    const bytes = RESEND_ROUND_BYTES / 4;
    const { retransmission } = sent(10, bytes);
    expect(round(retransmission, 200)).toEqual([0, 1, 2, 3]);
    expect(retransmission.wakeAt).toBe(200 + RESEND_ROUND_INTERVAL);
    expect(round(retransmission, 210)).toEqual([4, 5, 6, 7]);
    // Nothing was acknowledged since the last round: the next one waits for the timeout.
    expect(retransmission.wakeAt).toBe(210 + 800);
    expect(round(retransmission, 1_010)).toEqual([8, 9]);
  });

  it('goes on at once when an acknowledgement comes in the middle of a repair', () => {
    const { window, retransmission } = sent(10, RESEND_ROUND_BYTES / 4);
    round(retransmission, 200);
    round(retransmission, 210);
    acknowledge(window, retransmission, 0, 220);
    expect(retransmission.wakeAt).toBe(220 + RESEND_ROUND_INTERVAL);
    expect(round(retransmission, 230)).toEqual([8, 9]);
  });

  it('repeats a message larger than a round by itself', () => {
    const { retransmission } = sent(2, RESEND_ROUND_BYTES * 2);
    expect(round(retransmission, 200)).toEqual([0]);
  });

  it('Karn: the acknowledgement of a repeated message is no sample', () => {
    const { window, retransmission } = sent(2);
    round(retransmission, 200);
    acknowledge(window, retransmission, 0, 201);
    retransmission.sent(window.add(2, new Uint8Array(1)), 201);
    acknowledge(window, retransmission, 1, 202);
    expect(retransmission.wakeAt).toBeDefined();
    // Still the doubled 400 ms: a sample of 1 ms would have brought it down.
    retransmission.reset();
    retransmission.sent(window.add(3, new Uint8Array(1)), 1_000);
    expect(retransmission.wakeAt).toBe(1_400);
  });

  it('wakes nobody once everything is acknowledged', () => {
    const { window, retransmission } = sent(2);
    acknowledge(window, retransmission, 1, 50);
    acknowledge(window, retransmission, 0, 60);
    expect(retransmission.wakeAt).toBeUndefined();
    expect(retransmission.takeOverdue(10_000)).toEqual([]);
  });

  it('T7: a message whose acknowledgement was lost does not hold up the others', () => {
    const { window, retransmission } = sent(3, RESEND_ROUND_BYTES);
    // Number 0 is never acknowledged again; 1 and 2 are lost and still get their turn.
    const repeated = new Set<number>();
    for (let times = 0; times < 10 && repeated.size < 3; times += 1) {
      for (const number of round(retransmission, retransmission.wakeAt!)) repeated.add(number);
    }
    expect([...repeated]).toEqual([0, 1, 2]);
    expect(window.empty).toBe(false);
  });
});
