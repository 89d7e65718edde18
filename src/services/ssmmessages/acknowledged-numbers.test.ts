import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AcknowledgedNumbers } from './acknowledged-numbers.js';
import { MAX_ACKNOWLEDGED_BEYOND_GAP } from './relay-limits.js';

describe('acknowledged numbers', () => {
  it('are what was added, in whatever order', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.nat(50), fc.array(fc.nat(200)), (fromStart, first, added) => {
        const numbers = new AcknowledgedNumbers({ fromStart });
        if (added.length % 2 === 0) numbers.seen(first);
        const model = new Set<number>();
        for (const number of added) {
          numbers.add(number);
          model.add(number);
        }
        numbers.seen(first);
        for (let number = 0; number <= 200; number += 1) expect(numbers.has(number)).toBe(model.has(number));
      }),
    );
  });

  it('are complete up to the first gap, and never when the beginning is not known', () => {
    const numbers = new AcknowledgedNumbers({ fromStart: true });
    numbers.add(1);
    numbers.seen(1);
    expect(numbers.isComplete(1)).toBe(false);
    numbers.add(0);
    expect(numbers.isComplete(1)).toBe(true);
    expect(numbers.isComplete(2)).toBe(false);
    const later = new AcknowledgedNumbers({ fromStart: false });
    later.seen(5);
    later.add(5);
    expect(later.has(5)).toBe(true);
    expect(later.isComplete(5)).toBe(false);
  });

  it('have a gap where a number from before the beginning turns up that is not acknowledged', () => {
    const numbers = new AcknowledgedNumbers({ fromStart: false });
    for (const number of [5, 6]) numbers.seen(number);
    for (const number of [5, 6]) numbers.add(number);
    expect([5, 6].map((number) => numbers.isGapless(number))).toEqual([true, true]);
    numbers.seen(4);
    expect([4, 5, 6].map((number) => numbers.has(number))).toEqual([false, true, true]);
    expect([5, 6].map((number) => numbers.isGapless(number))).toEqual([false, false]);
    numbers.add(4);
    expect(numbers.isGapless(6)).toBe(true);
  });

  it('beyond a gap are bounded: the oldest are forgotten', () => {
    const numbers = new AcknowledgedNumbers({ fromStart: true });
    numbers.seen(0);
    for (let number = 1; number <= MAX_ACKNOWLEDGED_BEYOND_GAP + 1; number += 1) numbers.add(number);
    expect(numbers.has(1)).toBe(false);
    expect(numbers.has(2)).toBe(true);
    expect(numbers.has(MAX_ACKNOWLEDGED_BEYOND_GAP + 1)).toBe(true);
  });
});
