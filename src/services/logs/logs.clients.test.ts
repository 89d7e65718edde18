import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { expect, onTestFinished, test } from 'vitest';
import { cliWithTail, openLogs } from './logs.fixture.js';

const exec = promisify(execFile);
const hasCli = await exec('aws', ['--version']).then(
  () => true,
  () => false,
);
const tailing = await cliWithTail();

type Logs = Awaited<ReturnType<typeof openLogs>>;

async function aws(logs: Logs, ...args: string[]): Promise<string> {
  const all = ['--endpoint-url', logs.now.url, 'logs', ...args];
  return (await exec('aws', all, { env: logs.environment })).stdout.trim();
}

const put = (logs: Logs, logStreamName: string, ...messages: string[]) =>
  logs.client.send(
    new PutLogEventsCommand({
      logGroupName: '/ecs/app',
      logStreamName,
      logEvents: messages.map((message) => ({ timestamp: Date.now(), message })),
    }),
  );

test.skipIf(!hasCli)('the AWS CLI: a group, its stream, events in and out', { timeout: 90_000 }, async () => {
  const logs = await openLogs({ realTime: true });
  await aws(logs, 'create-log-group', '--log-group-name', '/ecs/app', '--tags', 'team=red');
  await aws(logs, 'create-log-stream', '--log-group-name', '/ecs/app', '--log-stream-name', 'a');
  const stream = ['--log-group-name', '/ecs/app', '--log-stream-name', 'a'];
  const events = JSON.stringify(['one', 'two ERROR', 'three'].map((message) => ({ timestamp: Date.now(), message })));
  await aws(logs, 'put-log-events', ...stream, '--log-events', events);
  await aws(logs, 'put-retention-policy', '--log-group-name', '/ecs/app', '--retention-in-days', '7');
  expect(JSON.parse(await aws(logs, 'describe-log-groups', '--log-group-name-prefix', '/ecs'))).toMatchObject({
    logGroups: [{ logGroupName: '/ecs/app', retentionInDays: 7, storedBytes: 17 + 3 * 26 }],
  });
  const text = ['--output', 'text', '--query', 'events[].message'];
  expect(await aws(logs, 'get-log-events', ...stream, '--start-from-head', ...text)).toBe('one\ttwo ERROR\tthree');
  const filter = ['filter-log-events', '--log-group-name', '/ecs/app'];
  expect(await aws(logs, ...filter, '--filter-pattern', 'ERROR', ...text)).toBe('two ERROR');
  const paged = await aws(logs, ...filter, '--page-size', '1', '--query', 'events[].message', '--output', 'json');
  expect(JSON.parse(paged)).toEqual(['one', 'two ERROR', 'three']);
  await expect(aws(logs, 'get-log-events', '--log-group-name', '/none', '--log-stream-name', 'a')).rejects.toThrow(
    'An error occurred (ResourceNotFoundException) when calling the GetLogEvents operation: The specified log group does not exist.',
  );
});

test.skipIf(tailing === undefined)('aws logs tail: what was, and what comes', { timeout: 90_000 }, async () => {
  const logs = await openLogs({ realTime: true });
  await logs.group('/ecs/app', 'a', 'b');
  await put(logs, 'a', 'first', 'second');
  const tail = ['--endpoint-url', logs.now.url, 'logs', 'tail', '/ecs/app', '--format', 'short'];
  const { stdout } = await exec(tailing!, [...tail, '--since', '5m'], { env: logs.environment });
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/^\S+ /, '')),
  ).toEqual(['first', 'second']);

  const follow = spawn(tailing!, [...tail, '--follow', '--since', '5m'], {
    env: { ...logs.environment, PYTHONUNBUFFERED: '1' },
  });
  onTestFinished(() => void follow.kill());
  let shown = '';
  follow.stdout.on('data', (bytes: Buffer) => (shown += bytes.toString()));
  const lines = () =>
    shown
      .trim()
      .split('\n')
      .map((line) => line.replace(/^\S+ /, ''));
  await expect.poll(lines, { timeout: 20_000 }).toEqual(['first', 'second']);
  await put(logs, 'b', 'third');
  await expect.poll(lines, { timeout: 20_000 }).toEqual(['first', 'second', 'third']);
  await put(logs, 'a', 'fourth', 'fifth');
  await expect.poll(lines, { timeout: 20_000 }).toEqual(['first', 'second', 'third', 'fourth', 'fifth']);
});
