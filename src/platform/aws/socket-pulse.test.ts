import { expect, test } from 'vitest';
import type { MessageSocket } from './message-socket.js';
import { SocketPulse, UNANSWERED_PINGS } from './socket-pulse.js';

class Line implements MessageSocket {
  handlers = { message: () => undefined, close: () => undefined };
  readonly bufferedAmount = 0;
  bytesRead = 0;
  state: MessageSocket['state'] = 'open';
  pings = 0;
  send(): void {}
  pause(): void {}
  resume(): void {}
  close(): void {}
  ping(): void {
    this.pings += 1;
  }
  terminate(): void {
    this.state = 'closed';
  }
}

test('a peer is gone when three pings in a row have brought nothing', () => {
  const line = new Line();
  const pulse = new SocketPulse(line);
  for (let count = 0; count < UNANSWERED_PINGS; count += 1) expect(pulse.beat()).toBe(true);
  expect(line).toMatchObject({ pings: 3, state: 'open' });
  expect(pulse.beat()).toBe(false);
  expect(line).toMatchObject({ pings: 3, state: 'closed' });
});

test('a single byte, of whatever, is enough to be alive', () => {
  const line = new Line();
  const pulse = new SocketPulse(line);
  for (let count = 0; count < 50; count += 1) {
    expect(pulse.beat()).toBe(true);
    if (count % UNANSWERED_PINGS === 2) line.bytesRead += 1;
  }
});

test('who reads nothing itself cannot know, and begins anew when it reads again', () => {
  const line = new Line();
  const pulse = new SocketPulse(line);
  line.state = 'paused';
  for (let count = 0; count < 50; count += 1) expect(pulse.beat()).toBe(true);
  line.state = 'open';
  for (let count = 1; count < UNANSWERED_PINGS; count += 1) expect(pulse.beat()).toBe(true);
  expect(pulse.beat()).toBe(false);
});

test('a socket that has closed is not pinged, nor is it news', () => {
  const line = new Line();
  const pulse = new SocketPulse(line);
  line.state = 'closed';
  for (let count = 0; count < 10; count += 1) expect(pulse.beat()).toBe(true);
  expect(line.pings).toBe(0);
});
