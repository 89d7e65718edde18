import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { settle } from '../fixtures/hand-clock.fixture.js';
import { ContainerOutput, TAIL_BYTES } from './container-output.js';

test('the last bytes of both streams are kept, however much is written', async () => {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const output = new ContainerOutput(streams);
  for (let index = 0; index < 3_000; index += 1) streams.stdout.write(`line ${index}\n`);
  streams.stderr.write('failed\n');
  await settle();
  const tail = Buffer.from(output.tail()).toString();
  expect(tail.length).toBe(TAIL_BYTES);
  expect(tail.endsWith('line 2999\nfailed\n')).toBe(true);
});

test('one chunk larger than the bound is cut', async () => {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const output = new ContainerOutput(streams);
  streams.stdout.write(Buffer.concat([Buffer.alloc(5 * TAIL_BYTES, 'x'), Buffer.from('end')]));
  await settle();
  expect(output.tail().length).toBe(TAIL_BYTES);
  expect(Buffer.from(output.tail().subarray(-3)).toString()).toBe('end');
});

test('a log driver gets all of it and is closed once, when both streams are', async () => {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const calls: string[] = [];
  new ContainerOutput(streams, {
    write: (stream, bytes) => void calls.push(`${stream} ${Buffer.from(bytes).toString()}`),
    close: () => void calls.push('close'),
  });
  streams.stdout.end('out');
  await settle();
  streams.stderr.end('err');
  await settle();
  expect(calls).toEqual(['stdout out', 'stderr err', 'close']);
});

test('a log driver without room makes the container wait, and its end is that of what is delivered', async () => {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  let makeRoom = (): void => undefined;
  let deliver = (): void => undefined;
  let written = '';
  const output = new ContainerOutput(streams, {
    write: (_stream, bytes) => {
      written += Buffer.from(bytes).toString();
      return new Promise((resolve) => (makeRoom = resolve));
    },
    close: () => new Promise((resolve) => (deliver = resolve)),
  });
  let finished = false;
  void output.finished.then(() => (finished = true));
  streams.stdout.write('a');
  await settle();
  streams.stdout.write('b');
  await settle();
  expect(written).toBe('a');
  makeRoom();
  await settle();
  expect(written).toBe('ab');
  streams.stdout.end();
  streams.stderr.end();
  makeRoom();
  await settle();
  expect(finished).toBe(false);
  deliver();
  await settle();
  expect(finished).toBe(true);
});

test('a stream that breaks is no error of ours', async () => {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const output = new ContainerOutput(streams);
  streams.stdout.write('before');
  await settle();
  streams.stdout.destroy(new Error('EIO'));
  await settle();
  expect(Buffer.from(output.tail()).toString()).toBe('before');
});
