import { describe, expect, test, vi } from 'vitest';
import { messageSocketContract } from './message-socket.contract.js';
import { CLOSE_TIMEOUT_MS } from './message-socket-limits.js';
import { createMessageSocketPair } from './message-socket-pair.js';

describe('a linked pair as MessageSockets', () => {
  messageSocketContract(() => Promise.resolve(createMessageSocketPair()));
});

test('bytes are handed over without a copy', async () => {
  const [left, right] = createMessageSocketPair();
  const bytes = new Uint8Array(3);
  const taken = new Promise((resolve) => (right.handlers = { message: resolve, close: () => undefined }));
  left.send(bytes);
  expect(await taken).toBe(bytes);
});

test('two halves answering each other for ever leave the event loop its turns', async () => {
  const [left, right] = createMessageSocketPair();
  left.handlers = { message: (data) => left.send(data), close: () => undefined };
  right.handlers = { message: (data) => right.send(data), close: () => undefined };
  left.send('ball');
  await new Promise((resolve) => setTimeout(resolve, 1));
  left.terminate();
});

test('a peer that is paused answers pings all the same', () => {
  const [left, right] = createMessageSocketPair();
  right.pause();
  const before = left.bytesRead;
  left.ping();
  expect(left.bytesRead).toBeGreaterThan(before);
});

test('a peer that never answers the close is given up', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const [left, right] = createMessageSocketPair();
    right.pause();
    const end = new Promise((resolve) => {
      left.handlers = { message: () => undefined, close: (code) => resolve(code) };
    });
    left.close(1000);
    vi.advanceTimersByTime(CLOSE_TIMEOUT_MS);
    expect(await end).toBe(1006);
  } finally {
    vi.useRealTimers();
  }
});
