import { expect, test } from 'vitest';
import { enterError, startError } from './docker-failure.js';

const OCI = 'OCI runtime exec failed: exec failed: unable to start container process: ';

test.each([
  [
    `${OCI}exec: "nope": executable file not found in $PATH: unknown\r\n`,
    'nope',
    127,
    'exec: "nope": executable file not found in $PATH',
  ],
  [
    `${OCI}exec: "/a/b": stat /a/b: no such file or directory: unknown`,
    '/a/b',
    127,
    'fork/exec /a/b: no such file or directory',
  ],
  [
    `${OCI}exec: "/etc/passwd/x": stat /etc/passwd/x: not a directory: unknown`,
    '/etc/passwd/x',
    127,
    'fork/exec /etc/passwd/x: not a directory',
  ],
  [
    `${OCI}exec: "/etc/passwd": permission denied: unknown`,
    '/etc/passwd',
    126,
    'fork/exec /etc/passwd: permission denied',
  ],
  [`${OCI}exec: "/etc": is a directory: permission denied`, '/etc', 126, 'fork/exec /etc: permission denied'],
  [`${OCI}exec /data: exec format error`, '/data', 126, 'fork/exec /data: exec format error'],
  // Podman with crun.
  [
    'crun: executable file `nope` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found',
    'nope',
    127,
    'exec: "nope": executable file not found in $PATH',
  ],
  ['Container 0123 is not running', 'sh', 126, 'container is not running'],
  ['something else\n', 'sh', 126, 'something else'],
])('%s', (text, argv0, status, message) => {
  expect(enterError(text, argv0)).toMatchObject({ name: 'EnterError', status, message });
});

test("a failed start has ECS's step and the daemon's sentence", () => {
  const answer = Object.assign(new Error('(HTTP code 400) unexpected - no space '), {
    statusCode: 400,
    json: { message: 'no space' },
  });
  expect(startError('CannotStartContainerError', answer).message).toBe(
    'CannotStartContainerError: Error response from daemon: no space',
  );
  expect(startError('CannotPullContainerError', new Error('socket hang up')).message).toBe(
    'CannotPullContainerError: socket hang up',
  );
});
