import { expect, test } from 'vitest';
import type { Caller, RequestContext } from '../../platform/aws/service.js';
import { openRecordings, output, recording, SESSION, SESSION_ID, TASK_ROLE } from './recordings.fixture.js';

const RECORD = recording([output(1, 'x')]);
const PLACE = 's3://audit/prefix/key.log';
const DELIVERY = { kind: 'transcript', place: PLACE, status: 'pending', attempts: 1, at: 1_000 };
const GROUP = { ...DELIVERY, place: `logs:///exec/audit/${SESSION_ID}` };

test('the last word of each place is kept, and what became of it is in the audit', async () => {
  const { host, admin, steps, services } = await openRecordings();
  await host.whole(SESSION_ID, RECORD);
  const words = [
    DELIVERY,
    { ...DELIVERY, status: 'late', attempts: 2, at: 2_000, reason: 'SlowDown' },
    { ...DELIVERY, status: 'late', attempts: 3, at: 3_000, reason: 'SlowDown' },
    { ...DELIVERY, status: 'delivered', attempts: 4, at: 4_000, sha256: 'a'.repeat(64), bytes: 12 },
    // Was under way for long.
    { ...DELIVERY, status: 'late', attempts: 2, at: 2_500 },
    { ...GROUP, status: 'failed', reason: 'there is no such group' },
  ];
  expect(await services.outputUrls(SESSION_ID)).toEqual({});
  for (const word of words) {
    expect((await host.send('POST', `/${SESSION_ID}/deliveries`, word)).body).toEqual({});
  }
  const { body } = await admin.send('GET', `/${SESSION_ID}`);
  expect(body.deliveries).toEqual([words[5], words[3]]);
  expect(steps.map(({ name }) => name)).toEqual([
    ...['SessionRecorded', 'SessionRecordLate', 'SessionRecordDelivered', 'SessionRecordFailed'],
  ]);
  expect(steps[2]).toMatchObject({
    ...{ sessionId: SESSION_ID, taskArn: SESSION.taskArn, time: 4_000 },
    details: { kind: 'transcript', place: PLACE, attempts: 4, sha256: 'a'.repeat(64), bytes: 12 },
  });
  // A clock that was set back is not taken for a word that comes late.
  const again = { ...DELIVERY, status: 'delivered', attempts: 5, at: 500 };
  await host.send('POST', `/${SESSION_ID}/deliveries`, again);
  expect((await admin.send('GET', `/${SESSION_ID}`)).body.deliveries[1]).toEqual(again);
  expect(await services.outputUrls(SESSION_ID)).toEqual({
    S3OutputUrl: 'https://s3.us-east-1.amazonaws.com/audit/prefix/key.log',
  });
  await host.send('POST', `/${SESSION_ID}/deliveries`, { ...GROUP, status: 'delivered', at: 5_000 });
  expect((await services.outputUrls(SESSION_ID)).CloudWatchOutputUrl).toBe(
    `https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logsV2:log-groups/log-group/$252Fexec$252Faudit/log-events/${SESSION_ID}`,
  );
});

test('what is no delivery is refused', async () => {
  const { host } = await openRecordings();
  const bad = [
    ...[{}, null, [], 'x', { ...DELIVERY, kind: 'copy' }, { ...DELIVERY, place: 'file:///etc' }],
    ...[
      { ...DELIVERY, status: 'lost' },
      { ...DELIVERY, attempts: -1 },
      { ...DELIVERY, at: 'now' },
    ],
    ...[
      { ...DELIVERY, sha256: 'abc' },
      { ...DELIVERY, bytes: 1.5 },
      { ...DELIVERY, reason: 7 },
    ],
  ];
  for (const one of bad) {
    const { status, body } = await host.send('POST', `/${SESSION_ID}/deliveries`, one as object);
    expect([status, body.__type], JSON.stringify(one)).toEqual([400, 'ValidationException']);
  }
  for (let number = 0; number < 16; number++) {
    await host.send('POST', `/${SESSION_ID}/deliveries`, { ...DELIVERY, place: `s3://audit/${number}` });
  }
  const { body } = await host.send('POST', `/${SESSION_ID}/deliveries`, { ...DELIVERY, place: 's3://audit/16' });
  expect(body.message).toBe('A record has at most 16 copies.');
});

test('a host gets the role of the task while a copy is outstanding, and no longer', async () => {
  const { host, roles, sessions } = await openRecordings();
  const credentials = () => host.send('POST', `/${SESSION_ID}/credentials`, {});
  await host.whole(SESSION_ID, RECORD);
  const { status, body } = await credentials();
  expect([status, body]).toEqual([
    200,
    {
      credentialsId: SESSION_ID,
      roleArn: TASK_ROLE,
      accessKeyId: 'ASIA1',
      secretAccessKey: 'SECRET-key-1',
      sessionToken: 'SECRET-token-1',
      expiration: expect.stringMatching(/^\d{4}-.*Z$/),
    },
  ]);
  expect(roles.assumed).toEqual([
    { roleArn: TASK_ROLE, service: 'ecs-tasks.amazonaws.com', sessionName: SESSION.target.split('_')[1] },
  ]);
  await host.send('POST', `/${SESSION_ID}/deliveries`, { ...DELIVERY, status: 'delivered' });
  expect((await credentials()).status).toBe(200);
  await host.send('POST', `/${SESSION_ID}/deliveries`, { ...GROUP, status: 'late' });
  expect((await credentials()).status).toBe(200);
  await host.send('POST', `/${SESSION_ID}/deliveries`, { ...GROUP, status: 'failed', at: 2_000 });
  expect((await credentials()).body).toMatchObject({
    ...{ __type: 'ValidationException', message: 'Nothing of this record is still to be delivered.' },
  });
  await host.send('POST', `/${SESSION_ID}/deliveries`, { ...DELIVERY, kind: 'cast', place: 's3://audit/cast' });
  expect((await credentials()).status).toBe(200);
  roles.refused.add(TASK_ROLE);
  expect((await credentials()).body.__type).toBe('RoleRefusedException');
  const other = 'ecs-execute-command-00000000000000000000000001';
  const { target, owner, taskArn, containerName, logging } = SESSION;
  sessions.set(other, { sessionId: other, target, owner, taskArn, containerName, logging });
  expect((await host.send('POST', `/${other}/credentials`, {})).body.message).toBe(
    'The task of this session has no role.',
  );
});

test('a task is no host, whatever its role may do: it would write its own record', async () => {
  const { services } = await openRecordings();
  const caller = (name: string): Caller => ({
    ...{ accountId: '123456789012', arn: `arn:aws:sts::123456789012:assumed-role/task-role/${name}` },
    ...{ userId: `AROATASK:${name}`, accessKeyId: 'ASIATASK', type: 'assumed-role' },
  });
  const ask = (method: string, path: string, name: string) => {
    const full = `/gangway/v1/recordings/${SESSION_ID}${path}`;
    const route = services.routes.find((one) => one.method === method && one.path.test(full))!;
    const context = { caller: caller(name), region: 'us-east-1' } as RequestContext;
    const end = { length: RECORD.length, digest: Buffer.from(RECORD.subarray(-32)).toString('hex') };
    const body = method === 'PUT' ? RECORD : Buffer.from(JSON.stringify({ ...end, ...DELIVERY }));
    return route.handle({ method, path: full, query: new URLSearchParams(), headers: {}, body, context });
  };
  const taskId = SESSION.target.split('_')[1]!;
  for (const [method, path] of [
    ...([
      ['PUT', ''],
      ['POST', '/end'],
      ['POST', '/deliveries'],
      ['POST', '/credentials'],
    ] as const),
  ]) {
    await expect(ask(method, path, taskId)).rejects.toThrow(/not authorized to perform: gangway:PutRecording/);
  }
  expect((await ask('PUT', '', 'i-0123456789abcdef0')).status).toBe(200);
});
