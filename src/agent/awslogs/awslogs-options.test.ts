import { expect, test } from 'vitest';
import { DEFAULT_BUFFER_BYTES, LEAST_BUFFER_BYTES, MOST_BUFFER_BYTES, readAwslogsOptions } from './awslogs-options.js';

const read = (options: Record<string, string>, logDriver = 'awslogs') => readAwslogsOptions({ logDriver, options });

test('a group is needed, and the driver', () => {
  expect(read({})).toBeUndefined();
  expect(read({ 'awslogs-group': '/g' }, 'json-file')).toBeUndefined();
  expect(read({ 'awslogs-group': '/g', 'awslogs-region': 'r' })).toEqual({
    group: '/g',
    region: 'r',
    streamPrefix: undefined,
    createGroup: false,
    blocking: false,
    bufferBytes: DEFAULT_BUFFER_BYTES,
    multiline: false,
  });
});

test.each([
  ['25m', 25 * 1024 * 1024],
  ['2048k', 2 * 1024 * 1024],
  ['3145728', 3 * 1024 * 1024],
  ['10mb', 10 * 1024 * 1024],
  ['1k', LEAST_BUFFER_BYTES],
  ['9g', MOST_BUFFER_BYTES],
  ['much', DEFAULT_BUFFER_BYTES],
])('a buffer of %s', (size, bytes) => {
  expect(read({ 'awslogs-group': '/g', 'max-buffer-size': size })!.bufferBytes).toBe(bytes);
});

test('modes and lines', () => {
  const options = { 'awslogs-group': '/g', mode: 'blocking', 'awslogs-multiline-pattern': '^x' };
  expect(read(options)).toMatchObject({ blocking: true, multiline: true });
});
