import { expect, test } from 'vitest';
import { formatArn, parseArn } from './arn.js';

test.each([
  'arn:aws:ecs:us-east-1:123456789012:cluster/demo',
  'arn:aws-cn:ecs:cn-north-1:123456789012:task/demo/0123456789abcdef0123456789abcdef',
  'arn:aws:iam::123456789012:role/path/to/name',
  'arn:aws:s3:::bucket/key:with:colons',
  'arn:aws:logs:eu-west-1:123456789012:log-group:/aws/ecs:*',
])('%s survives being parsed and written again', (text) => {
  const arn = parseArn(text);
  expect(arn && formatArn(arn)).toBe(text);
});

test('the resource keeps its colons', () => {
  expect(parseArn('arn:aws:logs:r:a:log-group:NAME:*')?.resource).toBe('log-group:NAME:*');
});

test.each(['', 'demo', 'arn:aws:ecs', 'arn:aws:ecs:r:a:', 'arn::ecs:r:a:x', 'xarn:aws:ecs:r:a:x'])(
  '"%s" is no ARN',
  (text) => {
    expect(parseArn(text)).toBeUndefined();
  },
);
