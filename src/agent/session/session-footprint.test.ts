import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { agentHost } from '../fixtures/agent-host.fixture.js';
import { FakeContainer } from '../fixtures/fake-runtime.fixture.js';
import { HandClock, settle } from '../fixtures/hand-clock.fixture.js';
import { ScriptedEndpoint, sessionDocument } from '../fixtures/scripted-endpoint.fixture.js';
import { SessionClient } from '../fixtures/session-client.fixture.js';
import { Session } from './session.js';

const SESSIONS = 200;
/** The agent's part of what a session may cost, with the test's own client, process and sockets. */
const BYTES_PER_SESSION = 100_000;

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('200 idle sessions are cheap and keep one timer between them: the ping', async () => {
  const clock = new HandClock();
  const endpoint = new ScriptedEndpoint();
  const container = new FakeContainer();
  const host = agentHost(endpoint, clock);
  const begin = async (sessionId: string): Promise<{ session: Session; client: SessionClient }> => {
    const streams = { mode: 'terminal', columns: 80, rows: 24 } as const;
    const client = new SessionClient(endpoint, clock, { sessionId, target: 'ecs:t', streams });
    const document = sessionDocument(sessionId, '/bin/sh');
    const place = { taskArn: 'arn:aws:ecs:us-east-1:123456789012:task/demo/t', containerName: 'app' };
    const session = new Session({ host, document, target: 'ecs:t', ...place, container, containerEnvironment: {} });
    void session.run();
    await settle();
    return { session, client };
  };
  const first = await begin('warm-up');
  const before = heapUsed();
  const all = [first];
  for (let index = 0; index < SESSIONS; index += 1) all.push(await begin(`s${index}`));
  for (const process of container.processes) process.stdout.write('# ');
  await clock.advance(1_000);
  expect((heapUsed() - before) / SESSIONS).toBeLessThan(BYTES_PER_SESSION);
  for (const { client } of all) client.leave();
  expect(all.map(({ client }) => client.text())).toEqual(all.map(() => '# '));
  expect(clock.pending).toBe(1);
});
