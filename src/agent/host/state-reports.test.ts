import { expect, test } from 'vitest';
import { AwsError } from '../../platform/aws/aws-error.js';
import { noJitter, RecordedLog } from '../fixtures/agent-host.fixture.js';
import { HandClock, settle } from '../fixtures/hand-clock.fixture.js';
import { ScriptedEndpoint } from '../fixtures/scripted-endpoint.fixture.js';
import { StateReports, type TaskStateChange } from './state-reports.js';

function report(task: string, status: TaskStateChange['status'], reason?: string): TaskStateChange {
  return {
    cluster: 'demo',
    task,
    status,
    containers: [],
    managedAgents: [],
    ...(reason === undefined ? {} : { reason }),
  };
}

function setUp() {
  const clock = new HandClock();
  const endpoint = new ScriptedEndpoint();
  const settled: string[] = [];
  const reports = new StateReports({
    api: endpoint,
    clock,
    random: noJitter,
    log: new RecordedLog(),
    settled: (task) => settled.push(task),
  });
  const sent = (): unknown[] => endpoint.calls.map(({ input }) => [input['task'], input['status'], input['reason']]);
  return { clock, endpoint, settled, reports, sent };
}

test('reports of a task arrive in order, and again until they are accepted', async () => {
  const { clock, endpoint, reports, sent, settled } = setUp();
  let down = true;
  endpoint.onEcs = () => {
    if (down) throw new Error('ECONNREFUSED');
    return {};
  };
  reports.submit(report('a', 'RUNNING'));
  await settle();
  reports.submit(report('a', 'STOPPED'));
  await clock.advance(3_600_000);
  expect(new Set(sent().map(String))).toEqual(new Set(['a,RUNNING,']));
  const before = endpoint.calls.length;
  down = false;
  await clock.advance(30_000);
  expect(sent().slice(before)).toEqual([
    ['a', 'RUNNING', undefined],
    ['a', 'STOPPED', undefined],
  ]);
  expect(settled).toEqual(['a']);
  await reports.idle();
});

test('waiting reports of the same status give way to the newest', async () => {
  const { clock, endpoint, reports, sent } = setUp();
  endpoint.onEcs = () => {
    throw new Error('down');
  };
  reports.submit(report('a', 'RUNNING', '1'));
  await settle();
  for (const reason of ['2', '3', '4']) reports.submit(report('a', 'RUNNING', reason));
  reports.submit(report('a', 'STOPPED', '5'));
  reports.submit(report('a', 'STOPPED', '6'));
  const before = endpoint.calls.length;
  endpoint.onEcs = () => ({});
  await clock.advance(30_000);
  expect(sent().slice(before)).toEqual([
    ['a', 'RUNNING', '4'],
    ['a', 'STOPPED', '6'],
  ]);
});

test('a task whose reports are not taken does not hold up another', async () => {
  const { clock, endpoint, reports, settled } = setUp();
  endpoint.onEcs = (_, input) => {
    if (input['task'] === 'a') throw new AwsError('ServerException', 'Service Unavailable.', { fault: 'server' });
    return {};
  };
  reports.submit(report('a', 'STOPPED'));
  reports.submit(report('b', 'STOPPED'));
  await clock.advance(10_000);
  expect(settled).toEqual(['b']);
});

test.each(['InvalidParameterException', 'ClientException', 'ClusterNotFoundException'])(
  'a report that %s refuses is not repeated',
  async (code) => {
    const { clock, endpoint, reports, settled } = setUp();
    endpoint.onEcs = () => {
      throw new AwsError(code, 'The referenced task was not found.');
    };
    reports.submit(report('a', 'STOPPED'));
    await clock.advance(3_600_000);
    expect(endpoint.calls).toHaveLength(1);
    expect(settled).toEqual(['a']);
  },
);

test('a refusal that may pass is repeated', async () => {
  const { clock, endpoint, reports } = setUp();
  endpoint.onEcs = () => {
    throw new AwsError('AccessDeniedException', 'not yet');
  };
  reports.submit(report('a', 'RUNNING'));
  await clock.advance(1_000);
  expect(endpoint.calls.length).toBeGreaterThan(1);
  reports.stop();
  const before = endpoint.calls.length;
  await clock.advance(3_600_000);
  expect(endpoint.calls.length).toBe(before);
});

test('a report that comes while the one before is just being taken is not lost, however close it comes', async () => {
  for (let turns = 0; turns < 12; turns += 1) {
    const { reports, sent } = setUp();
    reports.submit(report('a', 'RUNNING', 'first'));
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    reports.submit(report('a', 'RUNNING', 'second'));
    await settle();
    expect(sent().at(-1)).toEqual(['a', 'RUNNING', 'second']);
    await reports.idle();
  }
});
