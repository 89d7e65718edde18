import WebSocket from 'ws';
import { randomUUID } from 'node:crypto';
import { Channel } from '../../core/channel/channel.js';
import { nodeChannelEnvironment } from '../../platform/crypto/node-channel-environment.js';
import { memoryKb } from './cpu.js';
import type { Gangway } from './gangway.js';

/** Opens `count` terminals from this process, waits for each prompt, and says what one costs the endpoint in kB. */
export async function memoryPerSession(gangway: Gangway, count: number): Promise<number> {
  const before = memoryKb(gangway.servers());
  const sockets: WebSocket[] = [];
  for (let index = 0; index < count; index += 1) sockets.push(await openSession(gangway));
  const after = memoryKb(gangway.servers());
  for (const socket of sockets) socket.terminate();
  return (after - before) / count;
}

async function openSession(gangway: Gangway): Promise<WebSocket> {
  const { session } = await gangway.executeCommand();
  const socket = new WebSocket(session.streamUrl, { perMessageDeflate: false });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  await new Promise<void>((resolve, reject) => {
    const channel = new Channel({
      role: 'client',
      sessionId: session.sessionId,
      targetId: gangway.target,
      environment: nodeChannelEnvironment,
      events: {
        data: () => resolve(),
        ready: () => undefined,
        failed: (message) => reject(new Error(message)),
        writable: () => undefined,
        drained: () => undefined,
      },
      streams: { mode: 'terminal', columns: 80, rows: 24 },
    });
    socket.on('message', (data: Buffer) => channel.receive(data));
    const opening = {
      MessageSchemaVersion: '1.0',
      RequestId: randomUUID(),
      TokenValue: session.tokenValue,
      ClientId: randomUUID(),
      ClientVersion: '1.2.650.0',
    };
    socket.send(JSON.stringify(opening));
    channel.attach((frame) => socket.send(frame));
  });
  return socket;
}
