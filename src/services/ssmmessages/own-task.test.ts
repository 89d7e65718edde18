import { expect, it } from 'vitest';
import { AGENT, TARGET } from '../ssm/session-harness.fixture.js';
import { isHost, mayPlayAgent } from './own-task.js';

const role = 'arn:aws:sts::111122223333:assumed-role/hostRole';

it.each([
  ['the session of the task', 'assumed-role', AGENT, true],
  ['the session of another task', 'assumed-role', `${role}/${'f'.repeat(32)}`, false],
  ['a session with a person’s name', 'assumed-role', `${role}/carol`, false],
  ['a session without a name', 'assumed-role', `${role}/`, false],
  ['a host with an instance profile', 'assumed-role', `${role}/i-0123456789abcdef0`, true],
  ['a managed instance', 'assumed-role', `${role}/mi-0123456789abcdef0`, true],
  ['what only begins like one', 'assumed-role', `${role}/mi-0123456789abcdef0x`, false],
  [
    'one that signs with its own key',
    'managed-instance',
    'arn:aws:ssm:r:1:managed-instance/mi-0123456789abcdef0',
    false,
  ],
  ['nobody', 'anonymous', '', false],
  ['what only begins like an instance', 'assumed-role', `${role}/i-0123456789abcdef0-x`, false],
  ['a host with a user’s key', 'user', 'arn:aws:iam::111122223333:user/gangway-host', true],
  ['root', 'root', 'arn:aws:iam::111122223333:root', true],
] as const)('%s may play the agent or not', (_name, type, arn, may) => {
  expect(mayPlayAgent({ type, arn }, TARGET)).toBe(may);
  // A task speaks for itself alone.
  expect(isHost({ type, arn })).toBe(may && arn !== AGENT);
});

it('no task’s session may play what is no container', () => {
  expect(mayPlayAgent({ type: 'assumed-role', arn: AGENT }, 'i-0123456789abcdef0')).toBe(false);
  expect(mayPlayAgent({ type: 'assumed-role', arn: `${role}/undefined` }, 'x')).toBe(false);
});
