import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PayloadType } from '../../core/protocol/payload-type.js';
import { acknowledge, frame, input, output, sessionState, summary } from './frames.fixture.js';
import { setUpRelay } from './relay.fixture.js';

describe('relay', () => {
  it('forwards stream data and acknowledgements unchanged, in order, both ways', () => {
    const { join } = setUpRelay();
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
          const { join } = setUpRelay();
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
    const { join, events } = setUpRelay();
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
      const { join } = setUpRelay();
      const agent = join('agent');
      const client = join('client');
      agent.receive(bad);
      expect(agent.closed?.code).toBe(code);
      expect(client.closed).toBeUndefined();
      expect(summary(client.sent)).toEqual([]);
    }
  });

  it('a fault of ours ends one socket only', () => {
    const { join, events } = setUpRelay();
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
        const { join } = setUpRelay();
        const agent = join('agent');
        const client = join('client');
        (fromAgent ? agent : client).receive(bytes);
        expect((fromAgent ? client : agent).closed).toBeUndefined();
      }),
    );
  });

  it('drops an acknowledgement that cannot be read', () => {
    const { join, events } = setUpRelay();
    const agent = join('agent');
    const client = join('client');
    client.receive(frame({ messageType: 'acknowledge', payload: Buffer.from('{"Acknowledged') }));
    expect(agent.sent).toEqual([]);
    expect(client.closed).toBeUndefined();
    expect(events).toEqual(['dropped client: acknowledge is not JSON']);
  });

  it('counts a stream message once as activity, repeats and acknowledgements never (T35)', () => {
    const { join, events } = setUpRelay();
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
    const { join, events } = setUpRelay({ restored: true });
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
