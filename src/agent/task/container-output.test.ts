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
    write: (stream, bytes) => calls.push(`${stream} ${Buffer.from(bytes).toString()}`),
    close: () => calls.push('close'),
  });
  streams.stdout.end('out');
  await settle();
  streams.stderr.end('err');
  await settle();
  expect(calls).toEqual(['stdout out', 'stderr err', 'close']);
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
