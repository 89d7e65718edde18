import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PendingBytes } from './pending-bytes.js';

test('bytes come out in order, in pieces of at most the limit', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 50 })),
      fc.array(fc.integer({ min: 1, max: 70 })),
      (chunks, limits) => {
        const pending = new PendingBytes();
        const taken: Uint8Array[] = [];
        const take = (limit: number): void => {
          const bytes = pending.take(limit);
          expect(bytes.length).toBeLessThanOrEqual(limit);
          taken.push(bytes);
        };
        chunks.forEach((chunk, index) => {
          pending.push(chunk);
          if (limits[index] !== undefined) take(limits[index]);
        });
        while (pending.size > 0) take(64);
        expect(Buffer.concat(taken)).toEqual(Buffer.concat(chunks));
      },
    ),
  );
});

test('an empty store gives an empty piece', () => {
  expect(new PendingBytes().take(10)).toHaveLength(0);
});
