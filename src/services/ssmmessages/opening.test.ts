import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AGENT, SessionHarness, agentOpening, clientOpening, settled } from '../ssm/session-harness.fixture.js';
import type { FakeSocket } from './fake-socket.fixture.js';
import { input, output, sessionState, summary } from './frames.fixture.js';
import { MAX_EARLY_FRAMES, MAX_OPENING_BYTES, MAX_OPENING_FRAMES, OPENING_TIMEOUT } from './relay-limits.js';

const reasonOf = (socket: FakeSocket): string => `${socket.closed?.code} ${socket.closed?.reason}`;

describe('opening a channel', () => {
  it('must come to the text frame within ten seconds', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    const { sessionId, token } = await harness.start();
    const silent = harness.dial(`/v1/data-channel/${sessionId}`);
    silent.handlers.ping?.();
    await harness.advance(OPENING_TIMEOUT - 1);
    expect(silent.closed).toBeUndefined();
    await harness.advance(1);
    expect(reasonOf(silent)).toBe('1008 no text frame with a token within 10 seconds');
    expect(OPENING_TIMEOUT).toBe(10_000);
    silent.receive(clientOpening(token));
    await settled();
    expect((await harness.clientChannel(sessionId, token)).closed).toBeUndefined();
  });

  it('drops what comes before the token frame, and closes when that does not end', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    const { sessionId, token } = await harness.start();
    const agent = await harness.agentChannel(sessionId);
    const early = harness.dial(`/v1/data-channel/${sessionId}`);
    early.receive(input(0, 'early'));
    early.receive(clientOpening(token));
    await settled();
    early.receive(input(1, 'in time'));
    expect(summary(agent.sent)).toEqual(['input_stream_data 1']);
    const endless = harness.dial(`/v1/data-channel/${sessionId}`);
    for (let number = 0; number < MAX_EARLY_FRAMES; number += 1) endless.receive(input(number, 'x'));
    expect(endless.closed).toBeUndefined();
    endless.receive(input(0, 'x'));
    expect(reasonOf(endless)).toBe('1008 the first frame must be the text frame with the token');
  });

  it('keeps what comes right behind the token frame', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    const { sessionId, token } = await harness.start();
    const path = `/v1/data-channel/${sessionId}`;
    const agent = harness.dial(path, AGENT);
    agent.receive(agentOpening(await harness.token(path)));
    agent.receive(sessionState(sessionId, 'Connected'));
    agent.receive(output(0, 'quick'));
    await settled();
    expect(summary((await harness.clientChannel(sessionId, token)).sent)).toEqual(['output_stream_data 0']);
    expect(agent.paused).toBe(false);
  });

  it('keeps no more than the limits', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    for (const [size, count] of [
      [120, MAX_OPENING_FRAMES + 1],
      [MAX_OPENING_BYTES / 4, 5],
    ] as const) {
      const { sessionId, token } = await harness.start();
      const socket = harness.dial(`/v1/data-channel/${sessionId}`);
      socket.receive(clientOpening(token));
      for (let number = 0; number < count; number += 1) socket.receive(new Uint8Array(size));
      await settled();
      expect(reasonOf(socket)).toBe('1009 too much data before the channel was open');
    }
  });

  it('survives arbitrary first frames', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    const { sessionId } = await harness.start();
    const anything = fc.oneof(fc.string(), fc.json(), fc.uint8Array());
    await fc.assert(
      fc.asyncProperty(anything, async (first) => {
        const socket = harness.dial(`/v1/data-channel/${sessionId}`);
        socket.receive(first);
        await new Promise((resolve) => setImmediate(resolve));
        expect(socket.closed?.code).toBe(typeof first === 'string' ? 1008 : undefined);
      }),
      { numRuns: 50 },
    );
  });

  it('says so when the state cannot be read', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    const { sessionId, token } = await harness.start();
    await harness.database.run('DROP TABLE ssm_session_tokens');
    const socket = await harness.clientChannel(sessionId, token);
    expect(reasonOf(socket)).toBe('1011 the state of the endpoint cannot be read or written');
  });

  it('is done with a socket that leaves while its token is looked up', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    const { sessionId, token } = await harness.start();
    const socket = harness.dial(`/v1/data-channel/${sessionId}`);
    socket.receive(clientOpening(token));
    socket.drop();
    await settled();
    expect(await harness.status(sessionId)).toBe('Connecting');
    expect(harness.environment.timers).toBe(0);
  });
});
