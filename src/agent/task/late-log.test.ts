import { expect, test } from 'vitest';
import { noJitter, RecordedLog } from '../fixtures/agent-host.fixture.js';
import { HandClock, settle } from '../fixtures/hand-clock.fixture.js';
import type { ContainerLog } from './container-output.js';
import { LATE_LOG_BACKOFF, LATE_LOG_TRIES, LateLog } from './late-log.js';

function setUp(open: () => Promise<ContainerLog | undefined>) {
  const clock = new HandClock();
  const log = new RecordedLog();
  return { clock, log, late: new LateLog({ open, clock, random: noJitter, log, containerName: 'web' }) };
}

function target() {
  const written: string[] = [];
  const log: ContainerLog = {
    write: (stream, bytes) => void written.push(`${stream} ${Buffer.from(bytes).toString()}`),
    close: () => void written.push('closed'),
  };
  return { written, log };
}

test('what is written waits until the log can be opened, in its order, and then no more', async () => {
  const { written, log } = target();
  let up = false;
  const { clock, late } = setUp(() => (up ? Promise.resolve(log) : Promise.reject(new Error('ECONNREFUSED'))));
  const first = late.write('stdout', Buffer.from('a'));
  const second = late.write('stderr', Buffer.from('b'));
  expect([first, second]).toEqual([expect.any(Promise), expect.any(Promise)]);
  await clock.advance(LATE_LOG_BACKOFF.firstMs);
  expect(written).toEqual([]);
  up = true;
  await clock.advance(60_000);
  await Promise.all([first, second]);
  expect(late.write('stdout', Buffer.from('c'))).toBeUndefined();
  await late.close();
  expect(written).toEqual(['stdout a', 'stderr b', 'stdout c', 'closed']);
});

test('a log that cannot be opened at all is given up, and the container is held up no more', async () => {
  let tries = 0;
  const { clock, log, late } = setUp(() => {
    tries += 1;
    return Promise.reject(new Error('no such group'));
  });
  const written = late.write('stdout', Buffer.from('a'));
  await clock.advance(3_600_000);
  await written;
  expect([tries, clock.pending]).toEqual([LATE_LOG_TRIES, 0]);
  expect(log.lines.filter((line) => line.includes('goes nowhere'))).toHaveLength(1);
  expect(late.write('stdout', Buffer.from('b'))).toBeUndefined();
  await late.close();
});

test('a container that ends while its log is not open: one more attempt, then the end', async () => {
  const { clock, late } = setUp(() => Promise.reject(new Error('ECONNREFUSED')));
  await settle();
  const closed = late.close();
  await settle();
  await closed;
  expect(clock.pending).toBe(0);
});
