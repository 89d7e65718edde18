import { expect, test } from 'vitest';
import { another, HEADER, openRecordings, output, recording, SESSION_ID } from './recordings.fixture.js';

const EVENTS = [output(1_000, 'the password is swordfish\r\n')];
const RECORD = recording(EVENTS);
const ALL = 'arn:aws:ssm:*:123456789012:session/*';
const READ = ['gangway:ListRecordings', 'gangway:SearchRecordings', 'gangway:GetRecording'];
const allow = (Action: string | string[], more: object = {}) => ({ Effect: 'Allow', Action, Resource: '*', ...more });
const TEAM = 'arn:aws:ecs:us-east-1:123456789012:cluster/team';

/** Four sessions: two in the cluster `demo`, two in `team`, each of a container `app` and one other. */
async function openFour() {
  const it = await openRecordings();
  const whole = async (suffix: string, cluster: string, containerName: string, owner = HEADER.owner) => {
    const changes = {
      ...{ containerName, owner, startedAt: HEADER.startedAt + suffix.charCodeAt(0) },
      target: HEADER.target.replace('demo', cluster),
      taskArn: HEADER.taskArn.replace('demo', cluster),
    };
    const { sessionId, session, header } = another(suffix, changes);
    it.sessions.set(sessionId, session);
    await it.host.whole(sessionId, recording(EVENTS, header));
    return sessionId;
  };
  const ids = {
    demoApp: await whole('a', 'demo', 'app'),
    demoSide: await whole('b', 'demo', 'side', 'arn:aws:iam::123456789012:user/bea'),
    teamApp: await whole('c', 'team', 'app'),
    teamSide: await whole('d', 'team', 'side'),
  };
  await it.services.idle();
  return { ...it, ids };
}

test('an auditor of one team sees its sessions, and is not told of others', async () => {
  const { user, ids } = await openFour();
  const auditor = await user(
    'auditor',
    allow(READ.slice(0, 2)),
    allow(READ[2]!, { Resource: ALL, Condition: { ArnEquals: { 'gangway:cluster': TEAM } } }),
  );
  const { body: list } = await auditor.send('GET', '');
  expect(list.recordings.map(({ header }: { header: { sessionId: string } }) => header.sessionId)).toEqual([
    ...[ids.teamSide, ids.teamApp],
  ]);
  const { body: found } = await auditor.send('GET', '/search?text=SWORDFISH');
  expect(found.matches.map(({ sessionId }: { sessionId: string }) => sessionId)).toEqual([ids.teamSide, ids.teamApp]);
  expect((await auditor.send('GET', `/${ids.teamApp}`)).status).toBe(200);
  expect((await auditor.send('GET', `/${ids.teamApp}/data`)).status).toBe(200);
  for (const path of ['', '/data']) {
    const { status, body } = await auditor.send('GET', `/${ids.demoApp}${path}`);
    expect([status, body.__type]).toEqual([400, 'AccessDeniedException']);
    expect(body.message).toBe(
      `User: arn:aws:iam::123456789012:user/auditor is not authorized to perform: gangway:GetRecording on resource: arn:aws:ssm:us-east-1:123456789012:session/${ids.demoApp} because no identity-based policy allows the gangway:GetRecording action`,
    );
  }
  expect((await auditor.put(ids.teamApp, 0, RECORD)).body.__type).toBe('AccessDeniedException');
});

test.each([
  ['gangway:container-name', { StringEquals: { 'gangway:container-name': 'side' } }, ['teamSide', 'demoSide']],
  ['gangway:owner', { StringLike: { 'gangway:owner': '*:user/bea' } }, ['demoSide']],
  ['gangway:task', { ArnLike: { 'gangway:task': 'arn:aws:ecs:*:*:task/team/*' } }, ['teamSide', 'teamApp']],
] as const)('%s restricts what may be read', async (_, Condition, shown) => {
  const { user, ids } = await openFour();
  const auditor = await user('auditor', allow(READ.slice(0, 2)), allow(READ[2]!, { Condition }));
  const { body } = await auditor.send('GET', '');
  const seen = body.recordings.map(({ header }: { header: { sessionId: string } }) => header.sessionId);
  expect(seen).toEqual(shown.map((name) => ids[name]));
});

test('without a policy nothing may be done; with one for reading nothing may be brought', async () => {
  const { user, host } = await openRecordings();
  await host.put(SESSION_ID, 0, RECORD);
  const nobody = await user('nobody');
  const paths = ['', '/search?text=x', '/signing-key', `/${SESSION_ID}`, `/${SESSION_ID}/data`];
  for (const path of paths) expect((await nobody.send('GET', path)).body.__type).toBe('AccessDeniedException');
  const reader = await user('reader', allow('gangway:Get*'));
  expect((await reader.send('GET', '')).body.__type).toBe('AccessDeniedException');
  for (const path of ['/end', '/deliveries', '/credentials']) {
    expect((await reader.send('POST', `/${SESSION_ID}${path}`, {})).body.__type).toBe('AccessDeniedException');
  }
});

test('a record is of the host that began it; another needs a right of its own', async () => {
  const { user, host, admin } = await openRecordings();
  await host.put(SESSION_ID, 0, RECORD.subarray(0, 300));
  const other = await user('other-host', allow('gangway:PutRecording'));
  const { body } = await other.put(SESSION_ID, 300, RECORD.subarray(300));
  expect(body.message).toContain('is not authorized to perform: gangway:TakeOverRecording on resource');
  for (const path of ['/end', '/deliveries', '/credentials']) {
    expect((await other.send('POST', `/${SESSION_ID}${path}`, {})).body.__type).toBe('AccessDeniedException');
  }
  expect((await admin.put(SESSION_ID, 300, RECORD.subarray(300))).body.length).toBe(RECORD.length);
  // Now it is the administrator's.
  expect((await host.end(SESSION_ID, RECORD)).body.__type).toBe('AccessDeniedException');
  expect((await admin.end(SESSION_ID, RECORD)).status).toBe(200);
});

test('the list is filtered, newest first, and comes in pages', async () => {
  const { admin, ids, sessions, host } = await openFour();
  const idsOf = async (query: string): Promise<string[]> => {
    const { body } = await admin.send('GET', `/?${query}`);
    return body.recordings.map(({ header }: { header: { sessionId: string } }) => header.sessionId);
  };
  expect(await idsOf('')).toEqual([ids.teamSide, ids.teamApp, ids.demoSide, ids.demoApp]);
  expect(await idsOf('owner=bea')).toEqual([ids.demoSide]);
  expect(await idsOf('owner=ea')).toEqual([]);
  expect(await idsOf(`owner=${encodeURIComponent('arn:aws:iam::123456789012:user/bea')}`)).toEqual([ids.demoSide]);
  expect(await idsOf('container=app&cluster=team')).toEqual([ids.teamApp]);
  expect(await idsOf(`cluster=${encodeURIComponent(TEAM)}`)).toEqual([ids.teamSide, ids.teamApp]);
  expect(await idsOf(`since=${HEADER.startedAt + 98}&until=${HEADER.startedAt + 100}`)).toEqual([
    ...[ids.teamApp, ids.demoSide],
  ]);
  expect(await idsOf('until=2020-01-01')).toEqual([]);
  expect(await idsOf('state=live')).toEqual([]);
  for (let number = 0; number < 55; number++) {
    const { sessionId, session, header } = another(`e${number}`);
    sessions.set(sessionId, session);
    await host.put(sessionId, 0, recording(EVENTS, header));
  }
  const { body: first } = await admin.send('GET', '/?state=live');
  expect(first.recordings).toHaveLength(50);
  const { body: second } = await admin.send('GET', `/?state=live&next=${first.next}`);
  expect([second.recordings.length, second.next]).toEqual([5, undefined]);
  const seen = [...first.recordings, ...second.recordings].map(({ header }) => header.sessionId);
  expect(new Set(seen).size).toBe(55);
  for (const bad of ['state=dead', 'since=soon', 'next=x', `next=${first.next}`]) {
    expect((await admin.send('GET', `/?${bad}`)).body.__type).toBe('ValidationException');
  }
});
