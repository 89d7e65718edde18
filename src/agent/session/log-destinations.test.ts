import { expect, test } from 'vitest';
import { NO_SESSION_INPUTS } from '../../core/protocol/session-document.js';
import { checkLogDestinations } from './log-destinations.js';
import { SessionFailure } from './session-failure.js';

function check(inputs: Partial<typeof NO_SESSION_INPUTS>): string[] {
  const warnings: string[] = [];
  const nothing = (): void => undefined;
  const log = {
    debug: nothing,
    info: nothing,
    error: nothing,
    warn: (_fields: unknown, message: string) => warnings.push(message),
  };
  checkLogDestinations('session', { ...NO_SESSION_INPUTS, ...inputs }, log);
  return warnings;
}

test('nothing configured: nothing said', () => {
  expect(check({})).toEqual([]);
  expect(check({ cloudWatchEncryptionEnabled: true, s3EncryptionEnabled: true })).toEqual([]);
});

test.each([{ cloudWatchLogGroupName: 'group' }, { s3BucketName: 'bucket' }])('%j: unlogged, and said so', (inputs) => {
  expect(check(inputs)).toEqual(['session is not logged']);
});

test.each([
  [
    { cloudWatchLogGroupName: 'group', cloudWatchEncryptionEnabled: true },
    /^We couldn't start the session .* log group\. Either/,
  ],
  [{ s3BucketName: 'bucket', s3EncryptionEnabled: true }, /^Couldn't start the session .* Amazon S3 bucket\. Error: /],
])('%j: refused in the words of AWS', (inputs, text) => {
  const refusal = (): void => void check(inputs);
  expect(refusal).toThrow(SessionFailure);
  expect(refusal).toThrow(text);
});
