import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parseTarget } from '../../core/protocol/target.js';
import type { Caller, RequestContext, RestResponse } from '../../platform/aws/service.js';
import type { Database } from '../../platform/store/database.js';
import { openSqlite } from '../../platform/store/open-sqlite.js';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import type { SessionRequest, TargetState } from '../session-ports.js';
import { FakeEnvironment } from '../ssmmessages/fake-environment.fixture.js';
import { FakeSocket } from '../ssmmessages/fake-socket.fixture.js';
import { createSessionServices } from './create-session-services.js';
import type { SessionServices, SessionServicesOptions } from './create-session-services.js';
import { ssmMigrations } from './ssm-migrations.js';

export const TARGET = 'ecs:demo_0123456789abcdef0123456789abcdef_0123456789abcdef0123456789abcdef-2531612879';
export const AGENT = 'arn:aws:sts::111122223333:assumed-role/taskRole/0123456789abcdef0123456789abcdef';
export const USER = 'arn:aws:iam::111122223333:user/alice';
export const ENDPOINT = 'http://127.0.0.1:4580';

/** A session of the task role that is named after the target's task. */
export function agentOf(target: string): string {
  return AGENT.replace(/[^/]*$/, parseTarget(target)?.taskId ?? 'none');
}

/** A user's or a role session's, by the last part of the ARN. */
export function userIdOf(arn: string): string {
  const name = arn.split('/').at(-1)!;
  return arn.includes(':assumed-role/') ? `AROAROLE:${name}` : `AIDA${name.toUpperCase()}`;
}

export function context(arn = USER): RequestContext {
  const type = arn.includes(':assumed-role/') ? 'assumed-role' : 'user';
  const caller: Caller = { accountId: '111122223333', arn, userId: userIdOf(arn), accessKeyId: 'AKIA', type };
  return {
    requestId: randomUUID(),
    caller,
    region: 'us-east-1',
    sourceIp: '127.0.0.1',
    userAgent: 'test',
    endpointUrl: ENDPOINT,
  };
}

/** Lets everything that waits for the database have its turn. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

type HarnessOptions = Partial<Omit<SessionServicesOptions, 'database' | 'environment' | 'log' | 'targets'>>;

/** Session Manager with a clock in the hand, and agents and clients played by the test. */
export class SessionHarness {
  readonly environment = new FakeEnvironment();
  readonly target: { state: TargetState | undefined } = {
    state: { taskArn: 'task', clusterArn: 'cluster', containerName: 'app', enterable: true, sessionLimit: 1_000 },
  };
  readonly database: Database;
  /** Every token that was ever handed out: none may be in a log. */
  readonly tokens: string[] = [];
  services: SessionServices;
  readonly #options: HarnessOptions;

  constructor(options: HarnessOptions = {}) {
    this.#options = options;
    this.database = openSqlite(join(temporaryDirectory(), 'state.sqlite'), ssmMigrations);
    this.services = this.#create();
    onTestFinished(async () => {
      await this.services.stop();
      await this.database.close();
    });
  }

  /** A former process is gone, as after `kill -9`; this one has only the database. */
  async restart(): Promise<void> {
    this.services = this.#create();
    await this.services.start();
  }

  async post(
    path: string,
    arn = AGENT,
    body = '{"MessageSchemaVersion":"1.0","RequestId":"r"}',
  ): Promise<RestResponse & { readonly body: string }> {
    const route = this.services.routes.find((one) => one.method === 'POST' && one.path.test(path));
    if (route === undefined) throw new Error(`no route for ${path}`);
    const answer = await route.handle({
      method: 'POST',
      path,
      query: new URLSearchParams(),
      headers: {},
      body: Buffer.from(body),
      context: context(arn),
    });
    return { ...answer, body: String(answer.body) };
  }

  /** Opens a socket; nothing has been said on it. `arn` empty: unsigned. */
  dial(path: string, arn = ''): FakeSocket {
    const route = this.services.upgrades.find((one) => one.path.test(path));
    if (route === undefined) throw new Error(`no upgrade for ${path}`);
    const socket = new FakeSocket();
    route.accept(
      { path, query: new URLSearchParams(), context: arn === '' ? undefined : context(arn), sourceIp: '127.0.0.1' },
      socket,
    );
    return socket;
  }

  async token(path: string, arn = AGENT): Promise<string> {
    const { status, body } = await this.post(path, arn);
    const token = /<TokenValue>([^<]+)<\/TokenValue>/.exec(body)?.[1];
    if (status !== 201 || token === undefined) throw new Error(`${status} ${body}`);
    this.tokens.push(token);
    return token;
  }

  async controlChannel(target = TARGET, arn = agentOf(target)): Promise<FakeSocket> {
    const path = `/v1/control-channel/${target}`;
    const token = await this.token(path, arn);
    const socket = this.dial(path, arn);
    socket.receive(controlOpening(token));
    await settled();
    return socket;
  }

  async agentChannel(sessionId: string, target = TARGET, arn = agentOf(target)): Promise<FakeSocket> {
    const path = `/v1/data-channel/${sessionId}`;
    const token = await this.token(path, arn);
    const socket = this.dial(path, arn);
    socket.receive(agentOpening(token, target));
    await settled();
    return socket;
  }

  async clientChannel(sessionId: string, token: string, clientId = 'client-1'): Promise<FakeSocket> {
    const socket = this.dial(`/v1/data-channel/${sessionId}`);
    socket.receive(clientOpening(token, clientId));
    await settled();
    return socket;
  }

  async start(request: Partial<SessionRequest> = {}): Promise<{ sessionId: string; token: string; streamUrl: string }> {
    const started = await this.services.sessions.start({
      target: TARGET,
      owner: USER,
      idPrefix: 'ecs-execute-command-',
      documentName: 'AmazonECS-ExecuteInteractiveCommand',
      command: '/bin/sh',
      limit: 1_000,
      endpointUrl: ENDPOINT,
      ...request,
    });
    this.tokens.push(started.tokenValue);
    return { sessionId: started.sessionId, token: started.tokenValue, streamUrl: started.streamUrl };
  }

  /** Control channel, session, agent and client on it. */
  async whole(request: Partial<SessionRequest> = {}) {
    const control = await this.controlChannel();
    const { sessionId, token } = await this.start(request);
    const agent = await this.agentChannel(sessionId);
    const client = await this.clientChannel(sessionId, token);
    return { control, sessionId, agent, client };
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async call(operation: string, input: object, arn = USER): Promise<any> {
    const found = this.services.service.operations.find(({ name }) => name === operation);
    if (found === undefined) throw new Error(`no operation ${operation}`);
    return found.run(input as never, context(arn));
  }

  async status(sessionId: string): Promise<string> {
    await settled();
    for (const state of ['Active', 'History']) {
      const { Sessions } = await this.call('DescribeSessions', {
        State: state,
        Filters: [{ key: 'SessionId', value: sessionId }],
      });
      if (Sessions.length > 0) return Sessions[0].Status;
    }
    return 'absent';
  }

  async advance(milliseconds: number): Promise<void> {
    this.environment.advance(milliseconds);
    await settled();
  }

  #create(): SessionServices {
    return createSessionServices({
      database: this.database,
      targets: () => ({
        find: (target) => Promise.resolve(target === TARGET ? this.target.state : undefined),
        tagsOf: (target) => Promise.resolve(target === TARGET ? { owner: 'alice' } : {}),
      }),
      environment: this.environment,
      log: this.environment.log,
      ...this.#options,
    });
  }
}

export function controlOpening(token: string): string {
  return JSON.stringify({
    Cookie: null,
    MessageSchemaVersion: '1.0',
    RequestId: 'r',
    TokenValue: token,
    AgentVersion: '3.3.0.0',
    PlatformType: 'linux',
  });
}

export function agentOpening(token: string, target = TARGET): string {
  return JSON.stringify({
    MessageSchemaVersion: '1.0',
    RequestId: 'r',
    TokenValue: token,
    ClientInstanceId: target,
    ClientId: '',
  });
}

export function clientOpening(token: string, clientId = 'client-1'): string {
  return JSON.stringify({
    MessageSchemaVersion: '1.0',
    RequestId: 'r',
    TokenValue: token,
    ClientId: clientId,
    ClientVersion: '1.2.650.0',
  });
}
