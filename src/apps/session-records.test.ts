import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { DescribeSessionsCommand, SSMClient } from '@aws-sdk/client-ssm';
import { expect, onTestFinished, test } from 'vitest';
import { readRecord, recordedSession, setUpRecorders, spoolOf } from '../agent/record/recorders.fixture.js';
import { createRecordingsClient } from '../agent/record/recordings-client.js';
import { HEADER, output, recording } from '../core/recording/recording.fixture.js';
import { RECORDINGS_PATH, type Statement } from '../core/recording/recordings-api.js';
import { AwsClient } from '../platform/aws/aws-client.js';
import { Endpoint } from '../platform/aws/endpoint.js';
import { Secret } from '../platform/aws/secret.js';
import { ROOT_KEY_BYTES, Sealer } from '../platform/crypto/sealer.js';
import { openSqlite } from '../platform/store/open-sqlite.js';
import { temporaryDirectory } from '../platform/store/temporary-directory.fixture.js';
import { createIam, createServices, migrations } from './services.js';

const region = 'us-east-1';
const accountId = '123456789012';
const { sessionId } = HEADER;
const RECORD = recording([output(1_000, 'hello\r\n'), output(2_000, '\u001b[1mswordfish\u001b[0m\r\n')]);

/** All services of an endpoint, with one session that was started and is to be recorded. */
async function open() {
  const directory = temporaryDirectory();
  const database = openSqlite(join(directory, 'state.db'), migrations);
  const sealer = new Sealer(randomBytes(ROOT_KEY_BYTES));
  const { user } = await createIam({ database, sealer, accountId }).bootstrap();
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const begin = async (port: number) => {
    const services = createServices({
      ...{ database, sealer, accountId, region, limits: 'aws', foreignKeys: false, liveSessions: 'keep' },
      recordingsDirectory: join(directory, 'recordings'),
      objectDirectory: join(directory, 's3'),
      log: () => silent,
    });
    await services.start();
    const endpoint = new Endpoint({ ...services.endpoint, log: () => undefined });
    return { services, endpoint, ...(await endpoint.listen({ host: '127.0.0.1', port })) };
  };
  await database.run(
    `INSERT INTO ssm_sessions (session_id, target, owner, document_name, command, logging, recording, status, details,
      agent_seen, start_date, end_date) VALUES (?, ?, ?, 'AmazonECS-ExecuteInteractiveCommand', '/bin/sh', ?, ?,
      'Terminated', '', 1, ?, ?)`,
    ...[sessionId, HEADER.target, HEADER.owner, JSON.stringify({ s3BucketName: 'audit' })],
    JSON.stringify({ settings: {}, taskArn: HEADER.taskArn, containerName: HEADER.containerName }),
    ...[Date.now(), Date.now()],
  );
  let running = await begin(0);
  const { url, port } = running;
  const stop = async (): Promise<void> => {
    await running.endpoint.close();
    await running.services.stop();
  };
  onTestFinished(async () => {
    await stop();
    await database.close();
  });
  const host = await running.services.iam.hostKey();
  const client = (accessKeyId: string, secretAccessKey: Secret) =>
    new AwsClient({ endpoint: url, region, credentials: () => Promise.resolve({ accessKeyId, secretAccessKey }) });
  const credentials = { accessKeyId: user.accessKeyId, secretAccessKey: user.secret.reveal() };
  return {
    sdk: { endpoint: url, region, credentials },
    host: client(host.accessKeyId, host.secret),
    hostCredentials: () => Promise.resolve({ accessKeyId: host.accessKeyId, secretAccessKey: host.secret }),
    admin: client(user.accessKeyId, user.secret),
    stop,
    again: async () => {
      running = await begin(port);
    },
  };
}

test('from a host’s parts to the audit, the session’s URLs and a search, in the whole endpoint', async () => {
  const { sdk, host, admin } = await open();
  const path = `${RECORDINGS_PATH}/${sessionId}`;
  const put = await host.rest('gangway', { method: 'PUT', path: `${path}?offset=0`, body: RECORD });
  expect(JSON.parse(put.body)).toEqual({ length: RECORD.length, watched: false });
  const post = async (name: string, body: object): Promise<unknown> => {
    const answer = await host.rest('gangway', { method: 'POST', path: `${path}/${name}`, body: JSON.stringify(body) });
    expect(answer.status).toBe(200);
    return JSON.parse(answer.body);
  };
  const digest = Buffer.from(RECORD.subarray(-32)).toString('hex');
  const statement = (await post('end', { length: RECORD.length, digest })) as Statement;
  const delivery = { kind: 'transcript', place: 's3://audit/a.log', status: 'delivered', attempts: 1, at: Date.now() };
  await post('deliveries', delivery);

  const trail = new CloudTrailClient(sdk);
  const session = `arn:aws:ssm:${region}:${accountId}:session/${sessionId}`;
  const lookup = new LookupEventsCommand({
    LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: session }],
  });
  const { Events = [] } = await trail.send(lookup);
  const events = Events.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent!));
  const named = (name: string) => events.find(({ eventName }) => eventName === name)!.serviceEventDetails;
  expect(named('SessionRecorded')).toMatchObject({ sessionId, digest, number: 1, ...statement });
  expect(named('SessionRecordDelivered')).toMatchObject({ sessionId, place: 's3://audit/a.log' });
  // Parts are data events; ends are not.
  const calls = events.filter(({ eventSource }) => eventSource === 'gangway.amazonaws.com');
  expect(calls.map(({ eventName }) => eventName)).toEqual([`POST ${path}/end`]);

  const ssm = new SSMClient(sdk);
  const { Sessions = [] } = await ssm.send(new DescribeSessionsCommand({ State: 'History' }));
  expect(Sessions[0]?.OutputUrl).toEqual({ S3OutputUrl: 'https://s3.us-east-1.amazonaws.com/audit/a.log' });

  const search = { method: 'GET', path: `${RECORDINGS_PATH}/search?text=Swordfish` };
  await expect
    .poll(async () => JSON.parse((await admin.rest('gangway', search)).body), { timeout: 20_000 })
    .toEqual({ matches: [{ sessionId, line: 2, time: 2_000, text: 'swordfish' }] });
});

test('a host’s recorder brings what it records, over a restart of the endpoint, and whoever watches sees it', async () => {
  const { sdk, hostCredentials: credentials, admin, stop, again } = await open();
  const endpoint = createRecordingsClient({ endpointUrl: sdk.endpoint, region, credentials });
  const { recorders, directory, deliverer } = setUpRecorders({ endpoint });
  await recorders.start();
  const recorder = (await recorders.open(recordedSession({}, HEADER)))!;
  const say = async (text: string) => recorder.record('output', Buffer.from(text));
  const get = async (path: string) =>
    admin.rest('gangway', { method: 'GET', path: `${RECORDINGS_PATH}/${sessionId}${path}` });

  await say('first\r\n');
  await expect.poll(async () => (await get('/data')).body, { timeout: 10_000 }).toContain('first');
  const seen = (await get('/data')).bytes.length;
  const watching = get(`/data?offset=${seen}&wait=20`);
  await say('second\r\n');
  expect((await watching).body).toContain('second');

  await stop();
  await say('while it was away\r\n');
  await again();
  await expect.poll(async () => (await get('/data')).body, { timeout: 20_000 }).toContain('while it was away');
  const spool = spoolOf(directory);
  await recorder.close({ exitCode: 3, reason: '' });
  await expect.poll(async () => JSON.parse((await get('')).body).state, { timeout: 20_000 }).toBe('ended');
  expect(JSON.parse((await get('')).body)).toMatchObject({ exitCode: 3, header: HEADER, statement: expect.anything() });
  const { bytes, headers } = await get('/data');
  expect(headers['x-gangway-ended']).toBe('true');
  expect(Buffer.compare(bytes.subarray(0, spool.length), spool)).toBe(0);
  expect(readRecord(bytes)).toMatchObject({ output: 'first\r\nsecond\r\nwhile it was away\r\n', damage: undefined });
  await expect.poll(() => deliverer.delivered.length).toBe(1);
});
