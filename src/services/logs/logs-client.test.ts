import { GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { expect, test } from 'vitest';
import { alreadyExists, createLogsClient, isMissing } from '../../platform/aws/logs-client.js';
import { Secret } from '../../platform/aws/secret.js';
import { openLogs, REGION } from './logs.fixture.js';

async function setUp() {
  const logs = await openLogs();
  const { accessKeyId, secretAccessKey } = logs.now.credentials;
  const client = createLogsClient({
    endpointUrl: logs.now.url,
    region: REGION,
    credentials: () => Promise.resolve({ accessKeyId, secretAccessKey: new Secret(secretAccessKey) }),
  });
  return { logs, client };
}

test('a writer makes its group and stream and writes; what is there already is told apart', async () => {
  const { logs, client } = await setUp();
  const { now } = logs.time;
  const missing = await client.createLogStream('/g', 's').catch((error: unknown) => error);
  expect(isMissing(missing)).toBe(true);
  await client.createLogGroup('/g', { tags: { team: 'red' } });
  const again = await client.createLogGroup('/g').catch((error: unknown) => error);
  expect([alreadyExists(again), isMissing(again)]).toEqual([true, false]);
  await client.createLogStream('/g', 's');
  expect(await client.putLogEvents('/g', 's', [{ timestamp: now, message: 'ä' }])).toBeUndefined();
  const old = await client.putLogEvents('/g', 's', [{ timestamp: 1, message: 'old' }]);
  expect(old).toEqual({ tooOldLogEventEndIndex: 1 });
  const read = new GetLogEventsCommand({ logGroupName: '/g', logStreamName: 's' });
  expect((await logs.client.send(read)).events).toMatchObject([{ message: 'ä' }]);
  client.close();
});

test('groups and streams are found by exactly their names, among many that begin so', async () => {
  const { logs, client } = await setUp();
  await logs.group('/g', ...Array.from({ length: 55 }, (_, index) => `s${index}`));
  for (let index = 0; index < 55; index++) await logs.group(`/g${index}`);
  expect(await client.findLogGroup('/g')).toMatchObject({ logGroupName: '/g' });
  expect(await client.findLogGroup('/')).toBeUndefined();
  expect(await client.findLogStream('/g', 's54')).toMatchObject({ logStreamName: 's54' });
  expect(await client.findLogStream('/g', 's')).toBeUndefined();
  client.close();
});
