import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PayloadType } from '../../core/protocol/payload-type.js';
import { FakeEnvironment } from './fake-environment.fixture.js';
import { FakeSocket } from './fake-socket.fixture.js';
import { acknowledge, frame, input, json, messages, output, sessionState, summary } from './frames.fixture.js';
import { GatewayMessages } from './gateway-messages.js';
import { HIGH_WATER, MAX_REPLAY_BYTES, MAX_REPLAY_FRAMES } from './relay-limits.js';
import { Relay } from './relay.js';

function setUp({ restored = false } = {}) {
  const events: string[] = [];
  const relay = new Relay(
    new GatewayMessages(new FakeEnvironment()),
    {
      activity: () => events.push('activity'),
      acknowledged: () => undefined,
      agentState: (payload) => events.push(`state ${Buffer.from(payload).toString()}`),
      left: (side) => events.push(`left ${side}`),
      dropped: (side, reason) => events.push(`dropped ${side}: ${reason}`),
    },
    { clientHasBeenHere: restored, fromStart: !restored },
  );
  const join = (side: 'agent' | 'client'): FakeSocket => {
    const socket = new FakeSocket();
    relay.attach(side, socket);
    return socket;
  };
  return { relay, events, join };
}

describe('relay', () => {
  it('forwards stream data and acknowledgements unchanged, in order, both ways', () => {
    const { join } = setUp();
    const agent = join('agent');
    const client = join('client');
    const out = [output(0, 'a'), output(1, 'b', PayloadType.StdErr), output(2, 'c')];
    const inward = [input(0, '{"cols":80,"rows":24}', PayloadType.Size), input(1, 'ls\r')];
    out.forEach((each) => agent.receive(each));
    inward.forEach((each) => client.receive(each));
    const acks = out.map(acknowledge);
    acks.forEach((each) => client.receive(each));
    expect(client.sent).toEqual(out);
    expect(agent.sent).toEqual([...inward, ...acks]);
  });

  it('never alters a byte, whatever the payload', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            fromAgent: fc.boolean(),
            payload: fc.uint8Array({ maxLength: 300 }),
            payloadType: fc.nat(2 ** 32 - 1),
            flags: fc.nat(3),
          }),
        ),
        (sequence) => {
          const { join } = setUp();
          const agent = join('agent');
          const client = join('client');
          const expected = { agent: [] as Uint8Array[], client: [] as Uint8Array[] };
          sequence.forEach(({ fromAgent, ...fields }, sequenceNumber) => {
            const messageType = fromAgent ? 'output_stream_data' : 'input_stream_data';
            const one = frame({ messageType, sequenceNumber, ...fields });
            expected[fromAgent ? 'client' : 'agent'].push(one.slice());
            (fromAgent ? agent : client).receive(one);
          });
          expect(client.sent).toEqual(expected.client);
          expect(agent.sent).toEqual(expected.agent);
        },
      ),
    );
  });

  it('consumes agent_session_state and drops what it does not know', () => {
    const { join, events } = setUp();
    const agent = join('agent');
    const client = join('client');
    agent.receive(sessionState('s', 'Connected'));
    agent.receive(frame({ messageType: 'agent_telemetry' }));
    agent.receive(input(0, 'the wrong way'));
    client.receive(output(0, 'the wrong way'));
    client.receive(sessionState('s', 'Terminating'));
    client.receive('text');
    expect(client.sent).toEqual([]);
    expect(agent.sent).toEqual([]);
    expect(events).toEqual([
      'state {"SchemaVersion":1,"SessionState":"Connected","SessionId":"s"}',
      'dropped agent: message type agent_telemetry',
      'dropped agent: message type input_stream_data',
      'dropped client: message type output_stream_data',
      'dropped client: message type agent_session_state',
      'dropped client: a text frame after the token frame',
    ]);
  });

  it('closes a peer that sends what no reader survives, and forwards none of it (T1)', () => {
    const overlong = output(0, 'x');
    new DataView(overlong.buffer).setUint32(0, 5_000);
    for (const [bad, code] of [
      [new Uint8Array(119), 1002],
      [overlong, 1002],
      [new Uint8Array(16 * 1024 * 1024), 1009],
      [Buffer.alloc(400, 'x'), 1002],
    ] as const) {
      const { join } = setUp();
      const agent = join('agent');
      const client = join('client');
      agent.receive(bad);
      expect(agent.closed?.code).toBe(code);
      expect(client.closed).toBeUndefined();
      expect(summary(client.sent)).toEqual([]);
    }
  });

  it('a fault of ours ends one socket only', () => {
    const { join, events } = setUp();
    const agent = join('agent');
    const client = join('client');
    client.send = () => {
      throw new TypeError('broken');
    };
    agent.receive(output(0, 'x'));
    expect(agent.closed?.code).toBe(1011);
    expect(client.closed).toBeUndefined();
    expect(events).toContain('dropped agent: fault: TypeError: broken');
  });

  it('survives arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, fromAgent) => {
        const { join } = setUp();
        const agent = join('agent');
        const client = join('client');
        (fromAgent ? agent : client).receive(bytes);
        expect((fromAgent ? client : agent).closed).toBeUndefined();
      }),
    );
  });

  it('drops an acknowledgement that cannot be read', () => {
    const { join, events } = setUp();
    const agent = join('agent');
    const client = join('client');
    client.receive(frame({ messageType: 'acknowledge', payload: Buffer.from('{"Acknowledged') }));
    expect(agent.sent).toEqual([]);
    expect(client.closed).toBeUndefined();
    expect(events).toEqual(['dropped client: acknowledge is not JSON']);
  });

  it('counts a stream message once as activity, repeats and acknowledgements never (T35)', () => {
    const { join, events } = setUp();
    const agent = join('agent');
    const client = join('client');
    const first = output(0, 'a');
    for (let copy = 0; copy < 30; copy += 1) agent.receive(first);
    client.receive(acknowledge(first));
    client.receive(input(0, 'x'));
    client.receive(input(0, 'x'));
    client.handlers.ping?.();
    expect(events).toEqual(['activity', 'activity']);
  });

  it('starts in the middle of a stream after a restart (T16)', () => {
    const { join, events } = setUp({ restored: true });
    const agent = join('agent');
    const client = join('client');
    const late = output(41, 'late');
    agent.receive(late);
    const earlier = output(40, 'earlier');
    agent.receive(earlier);
    client.receive(acknowledge(earlier));
    client.receive(acknowledge(late));
    expect(summary(client.sent)).toEqual(['output_stream_data 41', 'output_stream_data 40']);
    expect(events).toEqual(['activity']);
  });
});

describe('a receiver that was away', () => {
  it('gets what it has not acknowledged, in order, before anything new', () => {
    const { join } = setUp();
    const agent = join('agent');
    const first = join('client');
    const frames = [0, 1, 2, 3].map((number) => output(number, `${number}`));
    agent.receive(frames[0]!);
    agent.receive(frames[2]!);
    agent.receive(frames[1]!);
    first.receive(acknowledge(frames[0]!));
    first.drop();
    agent.receive(frames[3]!);
    const second = join('client');
    expect(second.sent).toEqual(frames.slice(1));
  });

  it('pauses the agent while its client is away, and not before the first client came', () => {
    const { join } = setUp();
    const agent = join('agent');
    agent.receive(output(0, 'prompt'));
    expect(agent.sent).toEqual([]);
    const client = join('client');
    client.drop();
    join('client');
    expect(summary(agent.sent)).toEqual(['pause_publication', 'start_publication']);
    for (const sent of agent.sent) expect(sent.length).toBeGreaterThanOrEqual(120);
  });

  it('pauses an agent again that comes back while the client is still away', () => {
    const { join } = setUp({ restored: true });
    join('agent').drop();
    expect(summary(join('agent').sent)).toEqual(['pause_publication']);
  });

  it('keeps no more than the limits: later frames are left to their sender', () => {
    const { relay, join } = setUp();
    const agent = join('agent');
    for (let number = 0; number < MAX_REPLAY_FRAMES + 10; number += 1) agent.receive(output(number, 'x'));
    expect(summary(join('client').sent)).toHaveLength(MAX_REPLAY_FRAMES);
    const large = setUp();
    const sender = large.join('agent');
    for (let number = 0; number < 200; number += 1) sender.receive(output(number, new Uint8Array(64_000)));
    expect(large.relay.heldFor('client')).toBeLessThan(MAX_REPLAY_BYTES + 64_120);
    expect(sender.paused).toBe(false);
    expect(relay.heldFor('agent')).toBe(0);
  });

  it('does not hold on to a whole chunk of the network for a small frame', () => {
    const { join } = setUp();
    const agent = join('agent');
    const chunk = new Uint8Array(64 * 1024);
    const one = output(0, 'small');
    chunk.set(one, 100);
    agent.receive(chunk.subarray(100, 100 + one.length));
    chunk.fill(0);
    expect(join('client').sent).toEqual([one]);
  });

  it('newest wins: the old socket is out, whatever it still says', () => {
    const { join, events } = setUp();
    const agent = join('agent');
    const old = join('client');
    const young = join('client');
    old.receive(input(0, 'late'));
    old.drop();
    expect(agent.sent.filter((sent) => messages([sent])[0]?.messageType === 'input_stream_data')).toEqual([]);
    expect(events).toEqual([]);
    young.receive(input(0, 'mine'));
    expect(summary(agent.sent)).toContain('input_stream_data 0');
  });
});

describe('back-pressure', () => {
  it('holds frames back for a slow client, then stops reading from the agent; memory is bounded', () => {
    const { relay, join } = setUp();
    const agent = join('agent');
    const client = join('client');
    client.stuck = true;
    let number = 0;
    while (!agent.paused) {
      agent.receive(output(number, new Uint8Array(32_000)));
      number += 1;
      expect(number).toBeLessThan(1_000);
    }
    expect(client.bufferedAmount).toBeLessThan(HIGH_WATER + 33_000);
    expect(relay.heldFor('client')).toBeLessThan(MAX_REPLAY_BYTES + 65_000);
    client.stuck = false;
    client.drain();
    expect(agent.paused).toBe(false);
    expect(agent.sent).toEqual([]);
    expect(summary(client.sent)).toEqual(Array.from({ length: number }, (_, index) => `output_stream_data ${index}`));
  });

  it('sends what was held back as far as there is room', () => {
    const { join } = setUp();
    const agent = join('agent');
    const client = join('client');
    client.stuck = true;
    for (let number = 0; number < 100; number += 1) agent.receive(output(number, new Uint8Array(32_000)));
    const before = client.sent.length;
    client.drain();
    expect(client.sent.length).toBeGreaterThan(before);
    expect(client.sent.length).toBeLessThan(100);
    client.drain();
    client.drain();
    expect(client.sent).toHaveLength(100);
  });

  it('lets acknowledgements overtake held output, but not without end', () => {
    const { join } = setUp();
    const agent = join('agent');
    const client = join('client');
    agent.stuck = true;
    for (let number = 0; number < 60; number += 1) client.receive(input(number, 'x'.repeat(32_000)));
    const waiting = agent.bufferedAmount;
    for (let number = 0; number < 20_000; number += 1) {
      const one = output(number, 'y');
      agent.receive(one);
      client.receive(acknowledge(one));
    }
    expect(agent.bufferedAmount).toBeGreaterThan(waiting);
    expect(agent.bufferedAmount).toBeLessThan(2 * HIGH_WATER + 1_000);
  });

  it('lets the sender go on when the slow receiver leaves', () => {
    const { join } = setUp();
    const agent = join('agent');
    const client = join('client');
    client.stuck = true;
    for (let number = 0; !agent.paused; number += 1) agent.receive(output(number, new Uint8Array(32_000)));
    client.drop();
    expect(agent.paused).toBe(false);
  });
});

describe('repeats', () => {
  it('answers a repeat whose acknowledgement has been relayed (wire-protocol 13)', () => {
    const { join } = setUp();
    const agent = join('agent');
    const client = join('client');
    const one = output(0, 'a');
    agent.receive(one);
    client.receive(acknowledge(one));
    agent.receive(one);
    expect(client.sent).toHaveLength(1);
    expect(summary(agent.sent)).toEqual(['acknowledge', 'acknowledge']);
    const [, answer] = messages(agent.sent);
    expect(json(answer)).toEqual({
      AcknowledgedMessageType: 'output_stream_data',
      AcknowledgedMessageId: messages([one])[0]?.messageId,
      AcknowledgedMessageSequenceNumber: 0,
      IsSequentialMessage: true,
    });
    expect(answer).toMatchObject({ flags: 3, sequenceNumber: 0, payloadType: 0 });
  });

  it('forwards a repeat that has not been acknowledged', () => {
    const { join } = setUp();
    const agent = join('agent');
    const client = join('client');
    agent.receive(output(0, 'a'));
    agent.receive(output(0, 'a'));
    expect(summary(client.sent)).toEqual(['output_stream_data 0', 'output_stream_data 0']);
  });

  it('answers for a client that lost an acknowledgement with its socket and stays silent, but not too soon', () => {
    const { relay, join } = setUp();
    const agent = join('agent');
    const first = join('client');
    const frames = [0, 1, 2, 3, 4, 5].map((number) => output(number, `${number}`));
    const say = (number: number) => agent.receive(frames[number]!);
    say(0);
    first.receive(acknowledge(frames[0]!));
    say(1);
    first.drop(); // It has shown 1 and acknowledged it, but that went down with the socket.
    const second = join('client');
    say(2);
    second.receive(acknowledge(frames[2]!));
    expect(relay.outputDelivered).toBe(false);
    say(1);
    expect(summary(second.sent).at(-1)).toBe('output_stream_data 1');
    say(3);
    second.receive(acknowledge(frames[3]!));
    expect(relay.outputDelivered).toBe(true);
    say(1);
    expect(summary(second.sent).at(-1)).toBe('output_stream_data 3');
    expect(json(messages(agent.sent).at(-1)).AcknowledgedMessageSequenceNumber).toBe(1);
  });

  it('never answers for a client that has not shown output yet: it may have dropped the frame', () => {
    const { relay, join } = setUp();
    const agent = join('agent');
    const client = join('client');
    const frames = [0, 1, 2, 3].map((number) => output(number, `${number}`));
    for (const number of [0, 1, 0, 2, 0, 3]) {
      agent.receive(frames[number]!);
      if (number > 0) client.receive(acknowledge(frames[number]!));
    }
    expect(relay.outputDelivered).toBe(false);
    agent.receive(frames[0]!);
    expect(summary(client.sent).at(-1)).toBe('output_stream_data 0');
  });

  it('never answers for a client that acknowledges repeats: its silence means something (T7)', () => {
    const { relay, join } = setUp();
    const agent = join('agent');
    const client = join('client');
    const frames = [0, 1, 2, 3].map((number) => output(number, `${number}`));
    agent.receive(frames[0]!);
    client.receive(acknowledge(frames[0]!));
    client.receive(acknowledge(frames[0]!));
    for (const number of [1, 2, 1, 3, 1]) {
      agent.receive(frames[number]!);
      if (number > 1) client.receive(acknowledge(frames[number]!));
    }
    expect(relay.outputDelivered).toBe(false);
  });
});
