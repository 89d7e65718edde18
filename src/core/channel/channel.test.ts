import { describe, expect, it } from 'vitest';
import { joined, TestEnd } from './channel.fixture.js';

describe('two ends', () => {
  for (const kmsKeyId of [undefined, 'alias/exec'])
    it('smoke', async () => {
      const { agent, client } = await joined(kmsKeyId ? { kmsKeyId } : {});
      console.log(agent.events, client.events);
      expect(agent.events.outcomes.length).toBe(1);
      expect(new TestEnd('agent').channel.writable).toBe(false);
    });
});
