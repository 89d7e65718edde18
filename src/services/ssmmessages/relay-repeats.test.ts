import { describe, expect, it } from 'vitest';
import { FakeSocket } from './fake-socket.fixture.js';
import { acknowledge, json, messages, output, summary } from './frames.fixture.js';
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
