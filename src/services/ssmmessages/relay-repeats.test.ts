import { describe, expect, it } from 'vitest';
import { PayloadType } from '../../core/protocol/payload-type.js';
import { FakeSocket } from './fake-socket.fixture.js';
import { acknowledge, input, json, messages, output, summary } from './frames.fixture.js';
import { MAX_REPLAY_FRAMES } from './relay-limits.js';
import { setUpRelay } from './relay.fixture.js';

describe('repeats', () => {
  it('answers a repeat whose acknowledgement has been relayed (wire-protocol 13)', () => {
    const { join } = setUpRelay();
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
    const { join } = setUpRelay();
    const agent = join('agent');
    const client = join('client');
    agent.receive(output(0, 'a'));
    agent.receive(output(0, 'a'));
    expect(summary(client.sent)).toEqual(['output_stream_data 0', 'output_stream_data 0']);
  });

  it('answers for a client that lost an acknowledgement with its socket and stays silent, but not too soon', () => {
    const { relay, join } = setUpRelay();
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

  /**
   * The agent repeats 1 and 2 before the client has come to 3. All acknowledgements are for the first copies, which were
   * sent before 3: that 3 is not acknowledged yet says nothing.
   */
  function overtaken() {
    const { relay, join } = setUpRelay();
    const agent = join('agent');
    const client = join('client');
    const frames = [0, 1, 2, 3, 4, 5, 6].map((number) => output(number, `${number}`));
    const say = (number: number) => agent.receive(frames[number]!);
    const acknowledged = (socket: FakeSocket, number: number) => socket.receive(acknowledge(frames[number]!));
    say(0);
    acknowledged(client, 0);
    for (const number of [1, 2, 3, 1, 2]) say(number);
    acknowledged(client, 1);
    for (const number of [3, 2]) say(number);
    acknowledged(client, 2);
    return { relay, join, agent, client, say, acknowledged };
  }

  it('never answers for a client that has not come to the frame yet: only later copies of others were sent after it', () => {
    const { relay, join, agent, client, say } = overtaken();
    expect(relay.outputDelivered).toBe(false);
    agent.sent.length = 0;
    say(3);
    expect(summary(agent.sent)).toEqual([]);
    client.drop();
    expect(summary(join('client').sent)).toEqual(['output_stream_data 3']);
  });

  it('goes on answering for a client whose acknowledgement comes after those of frames repeated meanwhile', () => {
    const { relay, join, client, say, acknowledged } = overtaken();
    acknowledged(client, 3);
    expect(relay.outputDelivered).toBe(true);
    say(4);
    client.drop(); // It has shown 4 and acknowledged it, but that went down with the socket.
    const second = join('client');
    say(5);
    acknowledged(second, 5);
    say(4);
    say(6);
    acknowledged(second, 6);
    expect(relay.outputDelivered).toBe(true);
  });

  it('does not take a frame for later than it may have been, when there was no room to keep its first copy', () => {
    const { relay, join } = setUpRelay();
    const agent = join('agent');
    const client = join('client');
    const frames = Array.from({ length: MAX_REPLAY_FRAMES + 5 }, (_, number) => output(number, `${number}`));
    for (const frame of frames.slice(0, MAX_REPLAY_FRAMES + 2)) agent.receive(frame);
    // 1024 and 1025 were not kept; 3 is the one that the client seems to be silent about.
    for (const number of [0, 1, 2]) client.receive(acknowledge(frames[number]!));
    const [first, second] = [frames[MAX_REPLAY_FRAMES]!, frames[MAX_REPLAY_FRAMES + 1]!];
    for (const late of [first, second]) {
      agent.receive(frames[3]!);
      agent.receive(late);
      client.receive(acknowledge(late));
    }
    expect(relay.heldFor('client')).toBeGreaterThan(0);
    agent.sent.length = 0;
    agent.receive(frames[3]!);
    expect(summary(agent.sent)).toEqual([]);
  });

  it('never answers for a client that has not shown output yet: it may have dropped the frame', () => {
    const { relay, join } = setUpRelay();
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

  it('is not misled by a client that acknowledges anew what waits behind a gap, as the official one does', () => {
    const { relay, join } = setUpRelay();
    const agent = join('agent');
    const first = join('client');
    const frames = [0, 1, 2, 3, 4, 5].map((number) => output(number, `${number}`));
    const say = (client: FakeSocket, number: number, acknowledged = true) => {
      agent.receive(frames[number]!);
      if (acknowledged) client.receive(acknowledge(frames[number]!));
    };
    say(first, 0);
    say(first, 1, false); // Shown and acknowledged; that went down with the socket.
    first.drop();
    const second = join('client');
    agent.receive(frames[3]!);
    agent.receive(frames[3]!);
    second.receive(acknowledge(frames[3]!));
    second.receive(acknowledge(frames[3]!));
    say(second, 2);
    say(second, 1, false);
    say(second, 4);
    say(second, 1, false);
    say(second, 5);
    expect(relay.outputDelivered).toBe(true);
  });

  it('is not misled by that after a restart either, when what waits is the first that the endpoint sees', () => {
    const { relay, join } = setUpRelay({ restored: true });
    const agent = join('agent');
    const client = join('client');
    const frames = [0, 1, 2, 3, 4, 5, 6].map((number) => output(number, `${number}`));
    agent.receive(frames[3]!); // Ahead of 2, as agents of ours do, and repeated.
    agent.receive(frames[2]!);
    agent.receive(frames[3]!);
    for (const number of [3, 3, 2]) client.receive(acknowledge(frames[number]!));
    client.receive(input(0, '{"cols":80,"rows":24}', PayloadType.Size));
    agent.receive(frames[4]!);
    client.drop(); // It has shown 4 and acknowledged it, but that went down with the socket.
    const second = join('client');
    for (const number of [5, 6]) {
      agent.receive(frames[4]!);
      agent.receive(frames[number]!);
      second.receive(acknowledge(frames[number]!));
    }
    expect(relay.outputDelivered).toBe(true);
  });

  it('never answers for a client that acknowledges repeats: its silence means something (T7)', () => {
    const { relay, join } = setUpRelay();
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
