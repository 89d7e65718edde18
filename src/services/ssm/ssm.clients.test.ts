import {
  DescribeSessionsCommand,
  DoesNotExistException,
  GetConnectionStatusCommand,
  InvalidDocument,
  InvalidFilterKey,
  InvalidNextToken,
  ResumeSessionCommand,
  SSMClient,
  StartSessionCommand,
  TargetNotConnected,
  TerminateSessionCommand,
  paginateDescribeSessions,
} from '@aws-sdk/client-ssm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDial } from '../../platform/aws/dial-web-socket.js';
import { Endpoint } from '../../platform/aws/endpoint.js';
import { Secret } from '../../platform/aws/secret.js';
import { input, json, messages, output, sessionState, summary, taskComplete } from '../ssmmessages/frames.fixture.js';
import { SessionHarness, TARGET, clientOpening, context, settled } from './session-harness.fixture.js';

/** The SDK's own client against the real endpoint. */
async function connected(): Promise<{ harness: SessionHarness; client: SSMClient }> {
  const harness = new SessionHarness();
  const endpoint = new Endpoint({
    services: [harness.services.service],
    routes: harness.services.routes,
    upgrades: harness.services.upgrades,
    accessKeys: { find: () => Promise.resolve({ secret: new Secret('secret'), caller: context().caller }) },
    region: 'us-east-1',
    clock: () => Date.now(),
    log: () => undefined,
  });
  const { url } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  const client = new SSMClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDALICE', secretAccessKey: 'secret' },
  });
  onTestFinished(async () => {
    client.destroy();
    await endpoint.close();
  });
  return { harness, client };
}

describe('the AWS SDK', () => {
  it('starts, lists, resumes and terminates sessions', async () => {
    const { harness, client } = await connected();
    const control = await harness.controlChannel();
    const status = await client.send(new GetConnectionStatusCommand({ Target: TARGET }));
    expect(status.Status).toBe('connected');
    const started = await client.send(new StartSessionCommand({ Target: TARGET, Reason: 'why' }));
    expect(started.SessionId).toMatch(/^alice-[0-9a-f]{17}$/);
    const { Sessions } = await client.send(new DescribeSessionsCommand({ State: 'Active' }));
    expect(Sessions).toMatchObject([
      {
        SessionId: started.SessionId,
        Target: TARGET,
        Status: 'Connecting',
        StartDate: new Date('2026-01-02T03:04:05Z'),
        Reason: 'why',
      },
    ]);
    const resumed = await client.send(new ResumeSessionCommand({ SessionId: started.SessionId }));
    expect(resumed.StreamUrl).toBe(started.StreamUrl);
    expect(resumed.TokenValue).not.toBe(started.TokenValue);
    await client.send(new TerminateSessionCommand({ SessionId: started.SessionId }));
    control.receive(taskComplete(started.SessionId!, TARGET));
    await settled();
    const ended = await client.send(new ResumeSessionCommand({ SessionId: started.SessionId }));
    // Still there for its client, which has not read how it ended.
    expect(ended.TokenValue).not.toBe('');
  });

  it('pages through DescribeSessions', async () => {
    const { harness, client } = await connected();
    await harness.controlChannel();
    for (let number = 0; number < 5; number += 1) await harness.start();
    const seen: (string | undefined)[] = [];
    for await (const page of paginateDescribeSessions({ client, pageSize: 2 }, { State: 'Active' })) {
      seen.push(...(page.Sessions ?? []).map(({ SessionId }) => SessionId));
    }
    expect(new Set(seen).size).toBe(5);
  });

  it('recognises the errors', async () => {
    const { client } = await connected();
    const refused = async (call: Promise<unknown>, error: new (...given: never[]) => Error): Promise<void> =>
      expect(call).rejects.toBeInstanceOf(error);
    await refused(client.send(new StartSessionCommand({ Target: TARGET })), TargetNotConnected);
    await refused(client.send(new StartSessionCommand({ Target: TARGET, DocumentName: 'None' })), InvalidDocument);
    await refused(client.send(new ResumeSessionCommand({ SessionId: 'alice-0' })), DoesNotExistException);
    await refused(client.send(new TerminateSessionCommand({ SessionId: 'alice-0' })), DoesNotExistException);
    const filters = { State: 'Active', Filters: [{ key: 'Colour' as 'Owner', value: 'x' }] } as const;
    await refused(
      client.send(new DescribeSessionsCommand({ ...filters, Filters: [...filters.Filters] })),
      InvalidFilterKey,
    );
    await refused(client.send(new DescribeSessionsCommand({ State: 'Active', NextToken: 'x' })), InvalidNextToken);
    await expect(client.send(new StartSessionCommand({ Target: undefined }))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining("Value null at 'target'") as string,
    });
  });
});

describe('a real WebSocket at the stream URL', () => {
  it('carries a session from its first to its last frame', async () => {
    const { harness, client } = await connected();
    const control = await harness.controlChannel();
    const { SessionId, StreamUrl, TokenValue } = await client.send(new StartSessionCommand({ Target: TARGET }));
    const agent = await harness.agentChannel(SessionId!);
    const socket = await createDial()(StreamUrl!, {});
    const received: Uint8Array[] = [];
    const closed = new Promise<string>((resolve) => {
      socket.handlers = {
        message: (data) => received.push(Buffer.from(data as Uint8Array)),
        close: (code, reason) => resolve(`${code} ${reason}`),
      };
    });
    const heard = new Promise<void>((resolve) => {
      agent.send = (data) => {
        agent.sent.push(data);
        resolve();
      };
    });
    socket.send(clientOpening(TokenValue!));
    socket.send(input(0, 'exit\r'));
    await heard;
    expect(summary(agent.sent)).toEqual(['input_stream_data 0']);
    agent.receive(output(0, 'logout'));
    agent.receive(sessionState(SessionId!, 'Terminating'));
    control.receive(taskComplete(SessionId!, TARGET));
    harness.environment.advance(1_000);
    expect(await closed).toBe('1000 the session has ended');
    expect(summary(received)).toEqual(['output_stream_data 0', 'channel_closed']);
    expect(json(messages(received)[1]).Output).toBe('');
  });
});
