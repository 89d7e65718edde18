import { expect, test } from 'vitest';
import { parseInteractiveShell } from '../../core/protocol/interactive-shell.js';
import { decodeMessage } from '../../core/protocol/decode-message.js';
import type { SessionManagerOutputUrl } from '@aws-sdk/client-ssm';
import type { SessionRequest } from '../session-ports.js';
import { taskComplete } from '../ssmmessages/frames.fixture.js';
import { SessionHarness, settled, TARGET, USER } from './session-harness.fixture.js';

const SETTINGS = { record: 'best-effort', input: true, live: false, sourceIp: '192.0.2.7' } as const;
const RECORDED: Partial<SessionRequest> = {
  logging: { s3BucketName: 'audit' },
  recording: { settings: SETTINGS, taskArn: 'arn:task', containerName: 'app', taskRoleArn: 'arn:role' },
};

test('what is known of a recorded session is known to later processes, and told to its agent', async () => {
  const harness = new SessionHarness();
  const control = await harness.controlChannel();
  const { sessionId } = await harness.start(RECORDED);
  const frame = control.sent.at(-1) as Uint8Array;
  expect(parseInteractiveShell(decodeMessage(frame).payload)).toMatchObject({ sessionId, recording: SETTINGS });
  const expected = {
    ...{ sessionId, target: TARGET, owner: USER, logging: { s3BucketName: 'audit' } },
    ...{ taskArn: 'arn:task', containerName: 'app', taskRoleArn: 'arn:role' },
  };
  expect(await harness.services.recorded(sessionId)).toEqual(expected);
  await harness.restart();
  expect(await harness.services.recorded(sessionId)).toEqual(expected);
});

test('a session without logging has no record, nor has one that nobody started', async () => {
  const harness = new SessionHarness();
  const control = await harness.controlChannel();
  const { sessionId } = await harness.start();
  const frame = control.sent.at(-1) as Uint8Array;
  expect(parseInteractiveShell(decodeMessage(frame).payload)).not.toHaveProperty('recording');
  expect(await harness.services.recorded(sessionId)).toBeUndefined();
  expect(await harness.services.recorded('ecs-execute-command-00000000000000000')).toBeUndefined();
});

test('those that have ended are found by when they did', async () => {
  const harness = new SessionHarness();
  const { control, sessionId } = await harness.whole(RECORDED);
  const { sessionId: unlogged } = await harness.start();
  const ended = (after: number, until: number) => harness.services.endedRecorded(after, until, 10);
  expect(await ended(0, Number.MAX_SAFE_INTEGER)).toEqual([]);
  await harness.advance(5_000);
  for (const id of [sessionId, unlogged]) control.receive(taskComplete(id, TARGET, 'Failed', 'gone'));
  await settled();
  await harness.advance(60_000);
  const [found, ...others] = await ended(0, Number.MAX_SAFE_INTEGER);
  expect(others).toEqual([]);
  expect(found!.session).toEqual(await harness.services.recorded(sessionId));
  const { endedAt } = found!;
  expect(await ended(endedAt - 1, endedAt)).toEqual([found]);
  expect([await ended(endedAt, endedAt + 1), await ended(0, endedAt - 1)]).toEqual([[], []]);
});

test('DescribeSessions says where the output is', async () => {
  const urls = new Map<string, SessionManagerOutputUrl>();
  const harness = new SessionHarness({ outputUrls: (sessionId) => Promise.resolve(urls.get(sessionId) ?? {}) });
  await harness.controlChannel();
  const first = await harness.start(RECORDED);
  const second = await harness.start();
  urls.set(first.sessionId, { S3OutputUrl: 'https://s3' });
  const { Sessions } = await harness.call('DescribeSessions', { State: 'Active' });
  const shown = new Map(
    Sessions.map(({ SessionId, OutputUrl }: { SessionId: string; OutputUrl: object }) => [SessionId, OutputUrl]),
  );
  expect(shown.get(first.sessionId)).toEqual({ S3OutputUrl: 'https://s3' });
  expect(shown.get(second.sessionId)).toEqual({});
});
