import { expect, test } from 'vitest';
import { isReadOnly } from './request-record.js';

test.each([
  ['DescribeTasks', true],
  ['AssumeRole', true],
  ['GET /gangway/v1/recordings', true],
  ['RunTask', false],
  ['PUT /gangway/v1/recordings/x', false],
  ['POST /v1/data-channel/GET x', false],
])('%s only reads: %s', (operation, reads) => {
  expect(isReadOnly(operation)).toBe(reads);
});
