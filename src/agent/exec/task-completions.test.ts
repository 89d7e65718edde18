import { expect, test } from 'vitest';
import { parseAgentTaskComplete } from '../../core/protocol/agent-task-complete.js';
import { decodeMessage } from '../../core/protocol/decode-message.js';
import { nodeChannelEnvironment } from '../../platform/crypto/node-channel-environment.js';
import { HandClock } from '../fixtures/hand-clock.fixture.js';
import { RESEND_CAP_MS, TaskCompletions } from './task-completions.js';

function setUp() {
  const clock = new HandClock();
  const sent: { messageId: string; taskId: string; status: string; output: string; retry: number; at: number }[] = [];
  const line = { open: true };
  const begun = clock.now();
  const completions = new TaskCompletions({
    clock,
    environment: nodeChannelEnvironment,
    target: 'ecs:t',
    send: (frame) => {
      if (!line.open) return false;
      const { messageId, messageType, payload } = decodeMessage(frame);
      expect(messageType).toBe('agent_task_complete');
      const complete = parseAgentTaskComplete(payload);
      expect(complete.instanceId).toBe('ecs:t');
      sent.push({
        messageId,
        taskId: complete.taskId,
        status: complete.finalTaskStatus,
        output: complete.output,
        retry: complete.retryNumber,
        at: clock.now() - begun,
      });
      return true;
    },
  });
  return { clock, completions, line, sent };
}

test('sent at once, then again and again under the same MessageId with a growing number', async () => {
  const { clock, completions, sent } = setUp();
  completions.submit('s', { status: 'Failed', output: 'why' });
  await clock.advance(7_000);
  expect(sent.map(({ retry, at }) => [retry, at])).toEqual([
    [1, 0],
    [2, 1_000],
    [3, 3_000],
    [4, 7_000],
  ]);
  expect(new Set(sent.map(({ messageId }) => messageId)).size).toBe(1);
  expect(sent[0]).toMatchObject({ taskId: 's', status: 'Failed', output: 'why' });
});

test('an acknowledgement ends it, and only of its own MessageId', async () => {
  const { clock, completions, sent } = setUp();
  completions.submit('s', { status: 'Success', output: '' });
  let idle = false;
  void completions.idle().then(() => (idle = true));
  completions.acknowledge('0'.repeat(8));
  await clock.advance(1_000);
  expect(sent).toHaveLength(2);
  expect(idle).toBe(false);
  completions.acknowledge(sent[0]!.messageId);
  await clock.advance(10 * RESEND_CAP_MS);
  expect(sent).toHaveLength(2);
  expect(idle).toBe(true);
  expect(clock.pending).toBe(0);
});

test('without a control channel it waits, and goes out when there is one', async () => {
  const { clock, completions, line, sent } = setUp();
  line.open = false;
  completions.submit('s', { status: 'Success', output: '' });
  await clock.advance(3_600_000);
  expect(sent).toEqual([]);
  line.open = true;
  completions.resend();
  expect(sent.map(({ retry }) => retry)).toEqual([1]);
});

test('repetitions never stop, thirty seconds apart in the end', async () => {
  const { clock, completions, sent } = setUp();
  completions.submit('s', { status: 'Success', output: '' });
  await clock.advance(3_600_000);
  expect(sent.length).toBeGreaterThan(100);
  expect(sent.at(-1)!.at - sent.at(-2)!.at).toBe(RESEND_CAP_MS);
});
