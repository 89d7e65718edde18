import { expect, test } from 'vitest';
import { NO_SESSION_INPUTS } from '../../core/protocol/session-document.js';
import { settle } from '../fixtures/hand-clock.fixture.js';
import { SESSION_ID, setUpSession, TERMINAL } from '../fixtures/session.fixture.js';

test('output is recorded before it is sent, and the record closed before the session is complete', async () => {
  const log: string[] = [];
  const { client, ends, started } = setUpSession({
    streams: TERMINAL,
    host: {
      openRecorder: ({ header: { sessionId, owner }, inputs }) => {
        log.push(`open ${sessionId} ${owner} ${inputs.s3BucketName}`);
        return Promise.resolve({
          record: (_kind, bytes) => {
            log.push(`record ${Buffer.from(bytes).toString()} ${client.text().length}`);
            return undefined;
          },
          resize: () => undefined,
          close: () => Promise.resolve(void log.push(`close ${ends.length}`)),
        });
      },
    },
    document: { inputs: { ...NO_SESSION_INPUTS, s3BucketName: 'records' } },
  });
  const process = await started();
  process.stdout.write('secret');
  process.exit(0);
  await settle();
  expect(log).toEqual([
    `open ${SESSION_ID} arn:aws:iam::123456789012:user/admin records`,
    'record secret 0',
    'close 0',
  ]);
  expect(ends).toHaveLength(1);
});

test('what cannot be recorded is not sent, and the session ends with the reason', async () => {
  const { client, ends, started } = setUpSession({
    streams: TERMINAL,
    host: {
      openRecorder: () =>
        Promise.resolve({
          record: () => Promise.reject(new Error('disk full')),
          resize: () => undefined,
          close: () => Promise.resolve(),
        }),
    },
  });
  const process = await started();
  process.stdout.write('secret');
  await settle();
  expect(client.text()).toBe('');
  expect(process.calls).toEqual(['SIGHUP']);
  expect(ends).toEqual([
    { status: 'Failed', output: 'The session has ended because it could not be recorded: disk full' },
  ]);
});

test('a record that cannot be opened refuses the session before the command runs', async () => {
  const { container, ends, begin } = setUpSession({
    streams: TERMINAL,
    host: { openRecorder: () => Promise.reject(new Error('no such bucket')) },
  });
  await begin();
  await settle();
  expect(container.processes).toEqual([]);
  expect(ends).toMatchObject([{ status: 'Failed', output: expect.stringContaining('no such bucket') }]);
});
