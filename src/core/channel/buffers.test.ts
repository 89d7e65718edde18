import { describe, expect, it } from 'vitest';
import { IncomingBuffer } from './incoming-buffer.js';
import type { IncomingMessage } from './incoming-buffer.js';
import { OutgoingWindow } from './outgoing-window.js';

describe('the outgoing window', () => {
  it('is full at its number of messages, until half of them are acknowledged', () => {
    const window = new OutgoingWindow({ maxUnackedMessages: 4, maxUnackedBytes: 1_000 });
    for (let number = 0; number < 3; number += 1) window.add(number, new Uint8Array(1));
    expect(window.full).toBe(false);
    window.add(3, new Uint8Array(1));
    expect(window.full).toBe(true);
    window.acknowledge(0);
    window.acknowledge(1);
    expect(window.full).toBe(true);
    window.acknowledge(2);
    expect(window.full).toBe(false);
  });

  it('is full at its number of bytes', () => {
    const window = new OutgoingWindow({ maxUnackedMessages: 1_000, maxUnackedBytes: 100 });
    window.add(0, new Uint8Array(99));
    expect(window.full).toBe(false);
    window.add(1, new Uint8Array(1));
    expect(window.full).toBe(true);
    window.acknowledge(0);
    expect(window.full).toBe(false);
  });

  it('has room for no more than twice its limits', () => {
    const byCount = new OutgoingWindow({ maxUnackedMessages: 2, maxUnackedBytes: 1_000 });
    for (let number = 0; number < 4; number += 1) {
      expect(byCount.fits(1)).toBe(true);
      byCount.add(number, new Uint8Array(1));
    }
    expect(byCount.fits(1)).toBe(false);
    const byBytes = new OutgoingWindow({ maxUnackedMessages: 1_000, maxUnackedBytes: 50 });
    byBytes.add(0, new Uint8Array(50));
    expect(byBytes.fits(50)).toBe(true);
    expect(byBytes.fits(51)).toBe(false);
  });

  it('takes one message of any size when it is empty', () => {
    expect(new OutgoingWindow({ maxUnackedMessages: 1, maxUnackedBytes: 1 }).fits(1_000)).toBe(true);
  });

  it('an acknowledgement removes exactly its message, once', () => {
    const window = new OutgoingWindow({ maxUnackedMessages: 10, maxUnackedBytes: 1_000 });
    for (let number = 0; number < 3; number += 1) window.add(number, new Uint8Array(1));
    expect(window.acknowledge(1)?.sequenceNumber).toBe(1);
    expect(window.acknowledge(1)).toBeUndefined();
    expect(window.acknowledge(77)).toBeUndefined();
    expect([...window.messages].map(({ sequenceNumber }) => sequenceNumber)).toEqual([0, 2]);
  });
});

describe('the incoming buffer', () => {
  const message = (sequenceNumber: number, bytes: number): IncomingMessage => ({
    sequenceNumber,
    messageId: '',
    payloadType: 1,
    payload: new Uint8Array(bytes),
    opened: true,
    acknowledged: false,
  });

  it('is bounded in messages and in bytes', () => {
    const buffer = new IncomingBuffer({ maxIncomingMessages: 2, maxIncomingBytes: 10 });
    expect(buffer.hasRoomFor(11)).toBe(false);
    expect(buffer.hasRoomFor(10)).toBe(true);
    buffer.add(message(1, 10));
    expect(buffer.hasRoomFor(1)).toBe(false);
    expect(buffer.hasRoomFor(0)).toBe(true);
    buffer.add(message(2, 0));
    expect(buffer.hasRoomFor(0)).toBe(false);
  });

  it('has its room back when a message is taken, and not twice', () => {
    const buffer = new IncomingBuffer({ maxIncomingMessages: 2, maxIncomingBytes: 10 });
    const kept = message(1, 10);
    buffer.add(kept);
    buffer.remove(kept);
    buffer.remove(kept);
    expect(buffer.hasRoomFor(10)).toBe(true);
    expect(buffer.hasRoomFor(11)).toBe(false);
  });
});
