import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MessageSocket, MessageSocketHandlers } from './message-socket.js';
import { MAX_MESSAGE_BYTES } from './message-socket-limits.js';

/** What has happened on one end, and a way to await more of it. */
class Record {
  readonly events: string[] = [];
  readonly received: (Buffer | string)[] = [];
  #check: () => void = () => undefined;

  readonly handlers: Required<MessageSocketHandlers> = {
    message: (data) => {
      this.received.push(typeof data === 'string' ? data : Buffer.from(data));
      this.#note('message');
    },
    close: (code, reason) => this.#note(`close ${code} ${reason}`.trim()),
    drain: () => this.#note('drain'),
    ping: () => this.#note('ping'),
  };

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.#check = resolve));
  }

  untilEvent(event: string): Promise<void> {
    return this.until(() => this.events.includes(event));
  }

  #note(event: string): void {
    this.events.push(event);
    this.#check();
  }
}

const turns = async (count = 20): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** What every {@link MessageSocket} promises. `open` gives two ends of one connection, without handlers. */
export function messageSocketContract(open: () => Promise<[MessageSocket, MessageSocket]>): void {
  let left: MessageSocket;
  let right: MessageSocket;
  let seenLeft: Record;
  let seenRight: Record;

  beforeEach(async () => {
    [left, right] = await open();
    seenLeft = new Record();
    seenRight = new Record();
  });
  afterEach(async () => {
    listen();
    left.terminate();
    right.terminate();
    for (const seen of [seenLeft, seenRight]) {
      await seen.until(() => seen.events.some((event) => event.startsWith('close')));
      await turns();
      expect(seen.events.filter((event) => event.startsWith('close'))).toHaveLength(1);
    }
  });

  function listen(): void {
    left.handlers = seenLeft.handlers;
    right.handlers = seenRight.handlers;
  }

  describe('messages', () => {
    test('text and bytes arrive as such, in order, both ways at once', async () => {
      listen();
      const message = fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array({ maxLength: 70_000 }));
      await fc.assert(
        fc.asyncProperty(fc.array(message), fc.array(message), async (toRight, toLeft) => {
          seenLeft.received.length = seenRight.received.length = 0;
          for (const one of toRight) left.send(one);
          for (const one of toLeft) right.send(one);
          await seenRight.until(() => seenRight.received.length >= toRight.length);
          await seenLeft.until(() => seenLeft.received.length >= toLeft.length);
          const plain = (list: (Uint8Array | string)[]): unknown[] =>
            list.map((one) => (typeof one === 'string' ? one : Buffer.from(one).toString('base64')));
          expect(plain(seenRight.received)).toEqual(plain(toRight));
          expect(plain(seenLeft.received)).toEqual(plain(toLeft));
        }),
        { numRuns: 30 },
      );
    });

    test('never arrive within send', () => {
      listen();
      left.send('x');
      expect(seenRight.received).toEqual([]);
    });

    test('wait for the handlers of the receiver', async () => {
      left.handlers = seenLeft.handlers;
      left.send('early');
      await turns();
      right.handlers = seenRight.handlers;
      await seenRight.untilEvent('message');
      expect(seenRight.received).toEqual(['early']);
    });

    test('of 16 MiB arrive, larger ones close with 1009', async () => {
      listen();
      left.send(new Uint8Array(MAX_MESSAGE_BYTES));
      await seenRight.untilEvent('message');
      expect(seenRight.received[0]).toHaveLength(MAX_MESSAGE_BYTES);
      left.send(new Uint8Array(MAX_MESSAGE_BYTES + 1));
      await seenLeft.untilEvent('close 1009');
      await seenRight.untilEvent('close 1006');
      expect(seenRight.received).toHaveLength(1);
    });

    test('after the end are dropped in silence', async () => {
      listen();
      left.terminate();
      await seenLeft.untilEvent('close 1006');
      left.send('x');
      left.ping();
      left.close();
      left.terminate();
      left.pause();
      left.resume();
      await seenRight.untilEvent('close 1006');
      expect(seenRight.received).toEqual([]);
    });
  });

  describe('backpressure', () => {
    test('what a paused receiver does not take stays counted, until it resumes and the sender drains', async () => {
      listen();
      right.pause();
      // More than the kernel keeps for a connection in loopback.
      const size = 12 * 1024 * 1024;
      for (let count = 0; count < 3; count++) left.send(new Uint8Array(size));
      await turns();
      expect(seenRight.received).toHaveLength(0);
      expect(left.bufferedAmount).toBeGreaterThan(size);
      expect(seenLeft.events).toEqual([]);
      right.resume();
      await seenLeft.untilEvent('drain');
      expect(left.bufferedAmount).toBe(0);
      await seenRight.until(() => seenRight.received.length === 3);
      expect(seenLeft.events).toEqual(['drain']);
    });

    test('a burst drains once, the next one again', async () => {
      listen();
      for (const expected of [1, 2]) {
        for (let count = 0; count < 50; count++) left.send('some text');
        await seenLeft.until(() => seenLeft.events.length === expected);
        await turns();
        expect(seenLeft.events).toHaveLength(expected);
        expect(left.bufferedAmount).toBe(0);
      }
    });

    test('pausing in a message handler holds back what follows', async () => {
      listen();
      const { message } = seenRight.handlers;
      right.handlers = {
        ...seenRight.handlers,
        message: (data) => {
          message(data);
          if (seenRight.received.length === 1) right.pause();
        },
      };
      for (let count = 0; count < 3; count++) left.send(new Uint8Array(1024 * 1024));
      await seenRight.untilEvent('message');
      await turns();
      expect(seenRight.received.length).toBeLessThan(3);
      right.resume();
      await seenRight.until(() => seenRight.received.length === 3);
    });
  });

  describe('the end', () => {
    test('close: everything sent before arrives first, then the same code at both ends', async () => {
      listen();
      for (let count = 0; count < 100; count++) left.send(String(count));
      left.close(4000, 'enough');
      left.send('too late');
      await seenRight.untilEvent('close 4000 enough');
      await seenLeft.untilEvent('close 4000 enough');
      expect(seenRight.received).toEqual(Array.from({ length: 100 }, (_, count) => String(count)));
    });

    test('close without a code is 1005 at both ends', async () => {
      listen();
      left.close();
      await seenRight.untilEvent('close 1005');
      await seenLeft.untilEvent('close 1005');
    });

    test('both ends closing at once', async () => {
      listen();
      left.close(4001, 'a');
      right.close(4002, 'b');
      for (const seen of [seenLeft, seenRight]) {
        await seen.until(() => seen.events.some((event) => event.startsWith('close 400')));
      }
    });

    test('close while paused does not wait for resume', async () => {
      listen();
      left.pause();
      left.close(1000);
      await seenLeft.untilEvent('close 1000');
    });

    test('terminate: 1006 at both ends', async () => {
      listen();
      left.terminate();
      await seenLeft.untilEvent('close 1006');
      await seenRight.untilEvent('close 1006');
    });

    test('an end that came before the handlers is told to them', async () => {
      left.handlers = seenLeft.handlers;
      left.terminate();
      await seenLeft.untilEvent('close 1006');
      right.handlers = seenRight.handlers;
      await seenRight.untilEvent('close 1006');
    });

    test('terminate in a message handler: nothing more is heard but the end', async () => {
      listen();
      const { message } = seenRight.handlers;
      right.handlers = {
        ...seenRight.handlers,
        message: (data) => {
          message(data);
          right.terminate();
        },
      };
      left.send('one');
      left.send('two');
      await seenRight.untilEvent('close 1006');
      expect(seenRight.events.at(-1)).toBe('close 1006');
    });
  });

  test('ping is heard by the other end, and answered: bytes come back, though no message', async () => {
    listen();
    for (const [from, to, seen] of [
      [left, right, seenRight],
      [right, left, seenLeft],
    ] as const) {
      const before = { from: from.bytesRead, to: to.bytesRead };
      from.ping();
      await seen.untilEvent('ping');
      while (from.bytesRead === before.from) await turns(1);
      expect(to.state).toBe('open');
    }
    expect([...seenLeft.received, ...seenRight.received]).toEqual([]);
  });

  test('what comes from the peer is counted', async () => {
    listen();
    const before = right.bytesRead;
    left.send(new Uint8Array(100_000));
    await seenRight.untilEvent('message');
    expect(right.bytesRead - before).toBeGreaterThanOrEqual(100_000);
  });

  test('state says who reads, and who has ended', async () => {
    listen();
    expect([left.state, right.state]).toEqual(['open', 'open']);
    left.pause();
    expect(left.state).toBe('paused');
    left.resume();
    expect(left.state).toBe('open');
    right.terminate();
    await seenLeft.untilEvent('close 1006');
    await seenRight.untilEvent('close 1006');
    expect([left.state, right.state]).toEqual(['closed', 'closed']);
  });

  test('bytes handed to `message` are not changed afterwards, whatever comes behind them', async () => {
    listen();
    const kept: { readonly data: Uint8Array; readonly copy: Buffer }[] = [];
    right.handlers = {
      ...seenRight.handlers,
      message: (data) => void kept.push({ data: data as Uint8Array, copy: Buffer.from(data as Uint8Array) }),
    };
    // Some share what was read at once, some take many reads.
    const lengths = Array.from({ length: 200 }, (_, index) => (index % 40 === 39 ? 300_000 : 1 + index * 7));
    for (const [index, length] of lengths.entries()) left.send(new Uint8Array(length).fill(index));
    while (kept.length < lengths.length) await turns(1);
    await turns(3);
    const whole = kept.map(({ copy }, index) => copy.equals(Buffer.alloc(lengths[index] ?? 0, index)));
    const unchanged = kept.map(({ data, copy }) => copy.equals(data));
    expect([...whole, ...unchanged]).not.toContain(false);
  });
}
