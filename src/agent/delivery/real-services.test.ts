import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient, CreateLogGroupCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test } from 'vitest';
import { encodeEnd } from '../../core/recording/recording-payloads.js';
import { EventKind, type RecordingEvent } from '../../core/recording/recording-format.js';
import { Endpoint } from '../../platform/aws/endpoint.js';
import { Secret } from '../../platform/aws/secret.js';
import { ROOT_KEY_BYTES, Sealer } from '../../platform/crypto/sealer.js';
import { openSqlite } from '../../platform/store/open-sqlite.js';
import { recordProgram, SIZE, stream } from '../../platform/terminal/terminal-recording.fixture.js';
import { ManualTime } from '../../services/ecs/ecs.fixture.js';
import { createIamDirectory, iamMigrations } from '../../services/iam/iam-directory.js';
import { createKmsService, kmsMigrations } from '../../services/kms/kms-service.js';
import { createLogsService, logsMigrations } from '../../services/logs/logs-service.js';
import { createS3Service, s3Migrations } from '../../services/s3/s3-service.js';
import { noJitter, RecordedLog } from '../fixtures/agent-host.fixture.js';
import { nodeClock } from '../node-clock.js';
import { createDeliverer } from './deliverer.js';
import { HEADER, order, SESSION, shown, spooled } from './delivery.fixture.js';

const account = { accountId: '123456789012', region: 'us-east-1', partition: 'aws' };
const random = (length: number): Uint8Array => randomBytes(length);

/** The endpoint's own CloudWatch Logs and S3, and a deliverer that brings records to them. */
async function realServices() {
  const directory = mkdtempSync(join(tmpdir(), 'gangway-real-delivery-'));
  const database = openSqlite(join(directory, 'store.db'), [
    ...iamMigrations,
    ...kmsMigrations,
    ...logsMigrations,
    ...s3Migrations,
  ]);
  const sealer = new Sealer(randomBytes(ROOT_KEY_BYTES));
  const iam = createIamDirectory({ database, ...account, clock: Date.now, random, sealer });
  const { user } = await iam.bootstrap();
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const shared = { database, sealer, clock: Date.now, timers: new ManualTime(), ...account, log, random };
  const kms = createKmsService(shared);
  const logs = createLogsService({ ...shared, dataKeys: kms.dataKeys, limits: 'aws' });
  const s3 = createS3Service({ ...shared, dataKeys: kms.dataKeys, directory: join(directory, 'objects') });
  await logs.start();
  await s3.start();
  const endpoint = new Endpoint({
    services: [kms.service, logs.service],
    streamed: [s3.streamed],
    routes: [],
    upgrades: [],
    accessKeys: iam.accessKeys,
    region: account.region,
    clock: Date.now,
    log: () => undefined,
  });
  const { url } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  const { accessKeyId } = user;
  const keys = { accessKeyId, secretAccessKey: user.secret.reveal() };
  const sdk = { endpoint: url, region: account.region, credentials: keys };
  const clients = { logs: new CloudWatchLogsClient(sdk), s3: new S3Client({ ...sdk, forcePathStyle: true }) };
  await clients.logs.send(new CreateLogGroupCommand({ logGroupName: 'group' }));
  await clients.s3.send(new CreateBucketCommand({ Bucket: 'records' }));
  const credentials = () => Promise.resolve({ accessKeyId, secretAccessKey: new Secret(keys.secretAccessKey) });
  const deliverer = createDeliverer({
    endpointUrl: url,
    region: account.region,
    credentials,
    endpoint: { report: () => Promise.resolve(), roleCredentials: credentials },
    directory: join(directory, 'copies'),
    clock: nodeClock,
    random: noJitter,
    log: new RecordedLog(),
  });
  onTestFinished(async () => {
    clients.logs.destroy();
    clients.s3.destroy();
    await endpoint.close();
    await logs.stop();
    await s3.stop();
    await database.close();
    rmSync(directory, { recursive: true });
  });
  const object = async (Key: string): Promise<string> => {
    const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: 'records', Key }));
    return (await Body?.transformToString()) ?? '';
  };
  const messages = async (logStreamName: string): Promise<string[]> => {
    const input = { logGroupName: 'group', logStreamName, startFromHead: true };
    const all: string[] = [];
    for (let nextToken: string | undefined; ;) {
      const page = await clients.logs.send(new GetLogEventsCommand({ ...input, nextToken }));
      if (page.nextForwardToken === nextToken) return all;
      all.push(...(page.events ?? []).map(({ message = '' }) => message));
      nextToken = page.nextForwardToken;
    }
  };
  return { deliverer, credentials, object, messages };
}

const PLACES = { cloudWatchLogGroupName: 'group', s3BucketName: 'records', s3KeyPrefix: 'demo' };

test.skipIf(!existsSync('/usr/bin/vi'))(
  'a vi session is in the bucket and in the group as it was seen',
  async () => {
    const { deliverer, credentials, object, messages } = await realServices();
    const of = order({ ...PLACES, s3EncryptionEnabled: true }, { live: true });
    await deliverer.check(of, credentials);
    const output = await recordProgram(
      '/bin/sh',
      ['-c', 'echo before; vi -u NONE /nonexistent/notes; echo after'],
      [
        [/~/, 'ia secret word\x1b'],
        [/secret word/, ':q!\r'],
      ],
    );
    const header = { ...HEADER, terminal: { ...SIZE, term: 'xterm-256color' } };
    const end: RecordingEvent = {
      kind: EventKind.End,
      time: (output.at(-1)?.time ?? 0) + 1,
      payload: encodeEnd({ exitCode: 0, reason: '', recovered: false, counts: { events: 1, bytes: 1, gaps: 0 } }),
    };
    const live = deliverer.live(of, header, credentials);
    for (const event of output) live.event(event);
    await live.close();
    const recording = { order: of, header, events: () => stream([...output, end]) };
    await deliverer.deliver(recording, credentials, new AbortController().signal);

    const transcript = await object(`demo/${SESSION}.log`);
    const lines = transcript.split('\n');
    expect(lines[0]).toMatch(/^Script started on .* \[TERM="xterm-256color" COLUMNS="80" LINES="24"\]$/);
    expect([...'before,a secret word,after'.split(',')].map((line) => lines.includes(line))).toEqual([
      true,
      true,
      true,
    ]);
    expect(transcript).not.toContain('\x1b');
    expect(lines.at(-2)).toMatch(/^Script done on .* \[COMMAND_EXIT_CODE="0"\]$/);
    expect((await messages(SESSION)).join('\n')).toBe(transcript.trimEnd());
    expect((await messages(`${SESSION}/live`)).join()).toContain('"sessionData":["before"');
  },
  60_000,
);

test('a transcript that needs parts and many events arrives whole', async () => {
  const { deliverer, credentials, object, messages } = await realServices();
  const output = {
    *[Symbol.iterator]() {
      for (let n = 0; n < 140; n++) yield shown(`${n + 1000} ${'x'.repeat(94)}\n`.repeat(610), n * 1000);
    },
  };
  await deliverer.deliver(spooled(order(PLACES), output), credentials, new AbortController().signal);
  const transcript = await object(`demo/${SESSION}.log`);
  expect(transcript.length).toBeGreaterThan(8 * 1024 * 1024);
  expect(`${(await messages(SESSION)).join('\n')}\n`).toBe(transcript);
}, 60_000);
