import { expect, test } from 'vitest';
import type { ProcessUsage } from '../../platform/runtime/runtime.js';
import type { SessionUse } from '../agent-host.js';
import { ExecAgent } from '../exec/exec-agent.js';
import { agentHost } from '../fixtures/agent-host.fixture.js';
import { settle } from '../fixtures/hand-clock.fixture.js';
import { sessionDocument } from '../fixtures/scripted-endpoint.fixture.js';
import { PIPES, SESSION_ID, setUpSession, TARGET, TASK_ARN, TERMINAL } from '../fixtures/session.fixture.js';
import type { RecordedEnd } from '../recorder.js';
import { USAGE_PERIOD_MS } from './session-usage.js';

test('as AWS has it: root, without a toolbox', async () => {
  for (const document of [{}, { freedom: {} }]) {
    const { started } = setUpSession({ streams: PIPES, document });
    const { request } = await started();
    expect(request).toEqual({
      argv: ['/bin/sh'],
      environment: { TERM: 'xterm-256color', HOME: '/root', LANG: 'C.UTF-8' },
    });
  }
});

test("what the endpoint grants beyond AWS: another user, whose home is not root's, and a toolbox", async () => {
  for (const freedom of [{ user: 'www:staff' }, { toolbox: {} }, { user: '1000', toolbox: { image: 'busybox' } }]) {
    const { started } = setUpSession({ streams: TERMINAL, document: { freedom } });
    const { request } = await started();
    expect(request).toMatchObject({ argv: ['/bin/sh'], ...freedom });
    expect(request.environment).not.toHaveProperty('HOME');
  }
});

const usage: ProcessUsage = { cpuSeconds: 1.5, memoryBytes: 1_000, peakMemoryBytes: 9_000 };

test('what a session used goes to its record, to its end, and can be read while it runs', async () => {
  const ended: RecordedEnd[] = [];
  const recorder = {
    record: () => undefined,
    resize: () => undefined,
    close: (end: RecordedEnd) => Promise.resolve(void ended.push(end)),
  };
  const { clock, session, ends, started } = setUpSession({
    streams: PIPES,
    host: { openRecorder: () => Promise.resolve(recorder) },
  });
  const process = await started();
  process.usage = () => Promise.resolve(usage);
  expect(session.usage).toBeUndefined();
  process.exit(0);
  await clock.advance(1_000);
  expect(ends).toEqual([{ status: 'Success', output: '', usage }]);
  expect(ended).toEqual([{ exitCode: 0, reason: '', usage }]);
  expect(session.usage).toEqual(usage);
});

test('the host is told of it, by session, every five seconds', async () => {
  const { clock, endpoint, container, client } = setUpSession({ streams: PIPES });
  const told: SessionUse[] = [];
  const agent = new ExecAgent({
    host: agentHost(endpoint, clock, { sessionUsed: (use) => told.push(use) }),
    container,
    target: TARGET,
    taskArn: TASK_ARN,
    containerName: 'app',
    sessionLimit: 1,
    containerEnvironment: {},
    changed: () => undefined,
  });
  const enter = container.enter.bind(container);
  container.enter = async (request) => {
    const process = await enter(request);
    process.usage = () => Promise.resolve(usage);
    return process;
  };
  agent.start();
  await settle();
  endpoint.startSession(sessionDocument(SESSION_ID, 'sh'));
  await settle();
  expect(client.outcomes).toHaveLength(1);
  await clock.advance(2 * USAGE_PERIOD_MS);
  container.processes[0]!.exit(0);
  await clock.advance(1_000);
  const use = { sessionId: SESSION_ID, taskArn: TASK_ARN, containerName: 'app', ...usage };
  expect(told).toEqual([use, use, use]);
  const leaving = agent.leave();
  await clock.advance(3_000);
  await leaving;
});
