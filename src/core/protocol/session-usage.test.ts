import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeAgentTaskComplete, parseAgentTaskComplete } from './agent-task-complete.js';
import { PayloadError } from './payload-error.js';
import { encodeSessionUsage, parseSessionUsage } from './session-usage.js';

const amount = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const usages = fc.record({ cpuMilliseconds: amount, memoryBytes: amount, peakMemoryBytes: amount });

test('what a session uses arrives as it was sent, in both messages', () => {
  fc.assert(
    fc.property(usages, (usage) => {
      expect(parseSessionUsage(encodeSessionUsage({ sessionId: 's', usage }))).toEqual({ sessionId: 's', usage });
      const complete = { taskId: 's', instanceId: 't', finalTaskStatus: 'Success', output: '', retryNumber: 1, usage };
      expect(parseAgentTaskComplete(encodeAgentTaskComplete(complete))).toEqual(complete);
    }),
  );
});

test("AWS's agent says nothing of it", () => {
  const complete = { taskId: 's', instanceId: 't', finalTaskStatus: 'Success', output: '', retryNumber: 1 };
  expect(parseAgentTaskComplete(encodeAgentTaskComplete(complete))).toEqual(complete);
  expect(Buffer.from(encodeAgentTaskComplete(complete)).toString()).not.toContain('Gangway');
});

test.each([
  '{}',
  '{"SessionId":"s","Usage":{"CpuMilliseconds":-1}}',
  '{"SessionId":"s","Usage":{"MemoryBytes":"1"}}',
  '{"SessionId":"s","Usage":{"PeakMemoryBytes":0.5}}',
  '{"SessionId":"s","Usage":[]}',
])('%s is refused', (text) => {
  expect(() => parseSessionUsage(Buffer.from(text))).toThrow(PayloadError);
});
