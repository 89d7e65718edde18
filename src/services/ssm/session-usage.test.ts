import { expect, it } from 'vitest';
import { encodeAgentTaskComplete } from '../../core/protocol/agent-task-complete.js';
import { encodeSessionUsage, type SessionUsage } from '../../core/protocol/session-usage.js';
import type { SessionEvent } from '../session-ports.js';
import { frame, taskComplete } from '../ssmmessages/frames.fixture.js';
import { SessionText } from '../ssmmessages/session-text.js';
import { settled, SessionHarness, TARGET } from './session-harness.fixture.js';

const used = (cpuMilliseconds: number): SessionUsage => ({ cpuMilliseconds, memoryBytes: 10, peakMemoryBytes: 20 });
const look = (sessionId: string, usage: SessionUsage): Uint8Array =>
  frame({ messageType: 'gangway_session_usage', payload: encodeSessionUsage({ sessionId, usage }) });

async function shown(harness: SessionHarness, State = 'Active') {
  await settled();
  return (await harness.call('DescribeSessions', { State })).Sessions.map(
    ({ Gangway }: { Gangway: object }) => Gangway,
  );
}

it('what a session uses is shown while it lasts, and told of its end', async () => {
  const events: SessionEvent[] = [];
  const harness = new SessionHarness({ sessionEvents: (event) => void events.push(event) });
  const { control, sessionId } = await harness.whole({ freedom: { user: 'nobody' } });
  expect(await shown(harness)).toEqual([{ User: 'nobody', Debug: false }]);
  control.receive(look(sessionId, used(100)));
  control.receive(look(sessionId, used(250)));
  expect(await shown(harness)).toEqual([
    { User: 'nobody', Debug: false, CpuMilliseconds: 250, MemoryBytes: 10, PeakMemoryBytes: 20 },
  ]);
  const complete = { taskId: sessionId, instanceId: TARGET, finalTaskStatus: 'Success', output: '', retryNumber: 1 };
  const payload = encodeAgentTaskComplete({ ...complete, usage: used(300) });
  control.receive(frame({ messageType: 'agent_task_complete', payload }));
  expect(await shown(harness, 'History')).toMatchObject([{ CpuMilliseconds: 300 }]);
  expect(events.at(-1)).toMatchObject({ type: 'ended', usage: used(300), freedom: { user: 'nobody' } });
});

it('AWS’s agent tells nothing of it, and no agent tells of another’s session', async () => {
  const harness = new SessionHarness();
  const { control, sessionId } = await harness.whole();
  const other = await harness.controlChannel('ecs:demo_11111111111111111111111111111111_runtime');
  other.receive(look(sessionId, used(1)));
  control.receive(look('ecs-execute-command-none', used(1)));
  control.receive(frame({ messageType: 'gangway_session_usage', payload: Buffer.from('{"SessionId":7}') }));
  expect(control.closed).toBeUndefined();
  control.receive(taskComplete(sessionId, TARGET));
  expect(await shown(harness, 'History')).toEqual([{ User: 'root', Debug: false }]);
});

it('ends by the clock of its cluster, and says why', async () => {
  const events: SessionEvent[] = [];
  const harness = new SessionHarness({ sessionEvents: (event) => void events.push(event) });
  await harness.services.start();
  const endsWith = async (times: object, wait: number): Promise<string | undefined> => {
    const { control, sessionId } = await harness.whole({ times });
    await harness.advance(wait - 1_000);
    expect(await harness.status(sessionId)).toBe('Connected');
    await harness.advance(1_000);
    control.receive(taskComplete(sessionId, TARGET));
    await settled();
    return events.at(-1)?.reason;
  };
  expect(await endsWith({ idleTimeout: 60_000 }, 60_000)).toBe(SessionText.Idle);
  expect(await endsWith({ idleTimeout: null, maxDuration: 90 * 60_000 }, 90 * 60_000)).toBe(SessionText.MaxDuration);
  expect(await endsWith({ maxDuration: null }, 20 * 60_000)).toBe(SessionText.Idle);
});

it('is of the times of its container’s cluster when it was started past ECS, and outlives a restart with them', async () => {
  const harness = new SessionHarness();
  harness.target.state = { ...harness.target.state!, times: { idleTimeout: 120_000 } };
  await harness.controlChannel();
  const { SessionId } = await harness.call('StartSession', { Target: TARGET });
  await harness.restart();
  await harness.controlChannel();
  await harness.agentChannel(SessionId);
  await harness.advance(119_000);
  expect(await harness.status(SessionId)).not.toBe('Terminating');
  await harness.advance(1_000);
  expect(await harness.status(SessionId)).toBe('Terminating');
});
