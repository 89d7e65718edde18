import { FakeEnvironment } from './fake-environment.fixture.js';
import { FakeSocket } from './fake-socket.fixture.js';
import { GatewayMessages } from './gateway-messages.js';
import { Relay } from './relay.js';

/** A relay that writes down its events, and sockets to join it with. */
export function setUpRelay({ restored = false } = {}) {
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
