import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { createMessageSocketPair } from '../../platform/aws/message-socket-pair.js';
import { decodeJson } from '../../platform/aws/model/decode-json.js';
import type { RequestContext } from '../../platform/aws/service.js';
import { openSqlite } from '../../platform/store/open-sqlite.js';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import type { SessionRequest, Sessions } from '../session-ports.js';
import { createEcsService, ecsMigrations, type EcsServiceOptions } from './ecs-service.js';
import { FakeHost } from './fake-host.fixture.js';
import type { Timer, Timers } from './ports.js';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';
const ARN = `arn:aws:ecs:${REGION}:${ACCOUNT}`;

const PASS_STEP_MS = 15_000;

/** What an operation returns; a test looks into it without ceremony. */
export type Answer = ReturnType<typeof JSON.parse>;

/** Time that moves only when told. */
export class ManualTime implements Timers {
  now = Date.UTC(2026, 0, 2, 3, 4, 5);
  #timers: { readonly due: number; readonly work: () => void }[] = [];

  readonly clock = (): number => this.now;

  after(milliseconds: number, work: () => void): Timer {
    const timer = { due: this.now + milliseconds, work };
    this.#timers.push(timer);
    return { cancel: () => (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  /** Lets time pass; what becomes due is done at its moment. */
  advance(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (;;) {
      const next = this.#timers.filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.now = Math.max(this.now, next.due);
      next.work();
    }
    this.now = end;
  }
}

/** Keeps a record of what it was asked; `refuse` makes it throw. */
export class FakeSessions implements Sessions {
  readonly started: SessionRequest[] = [];
  readonly ended: string[] = [];
  refuse: Error | undefined;

  start(request: SessionRequest) {
    if (this.refuse !== undefined) return Promise.reject(this.refuse);
    this.started.push(request);
    const sessionId = `${request.idPrefix}0123456789abcdefghijklmnop`;
    const streamUrl = `ws://127.0.0.1/v1/data-channel/${sessionId}?role=publish_subscribe`;
    return Promise.resolve({ sessionId, streamUrl, tokenValue: 'token' });
  }

  endAll(target: string): Promise<void> {
    this.ended.push(target);
    return Promise.resolve();
  }
}

export const context: RequestContext = {
  requestId: 'request',
  caller: {
    accountId: ACCOUNT,
    arn: `arn:aws:iam::${ACCOUNT}:user/ann`,
    userId: 'AIDAEXAMPLE',
    accessKeyId: 'AKIAEXAMPLE',
    type: 'user',
  },
  region: REGION,
  sourceIp: '127.0.0.1',
  userAgent: 'test',
  endpointUrl: 'http://127.0.0.1:4580',
};

/** An ECS of one test: real store, real operations, manual time, fake sessions and hosts. */
export function openEcs(options: Partial<EcsServiceOptions> = {}) {
  const time = new ManualTime();
  const sessions = new FakeSessions();
  const logged: { readonly fields: object; readonly message: string }[] = [];
  const log = (fields: object, message: string): void => void logged.push({ fields, message });
  const path = join(temporaryDirectory(), 'ecs.db');
  const hosts: FakeHost[] = [];
  let database = openSqlite(path, ecsMigrations);
  let ecs = create();

  function create() {
    return createEcsService({
      database,
      sessions,
      accountId: ACCOUNT,
      region: REGION,
      partition: 'aws',
      clock: time.clock,
      timers: time,
      random: (length) => randomBytes(length),
      log: { info: () => undefined, warn: log, error: log },
      limits: 'aws',
      ...options,
    });
  }

  async function call(name: string, input: object = {}): Promise<Answer> {
    const operation = ecs.service.operations.find((candidate) => candidate.name === name)!;
    const decoded = decodeJson(operation.input, input, (member) => ecs.service.missingMember(member));
    return operation.run(decoded as never, context);
  }

  /** A test may end while its hosts are still at work. */
  async function submit(report: object): Promise<void> {
    await call('SubmitTaskStateChange', report).catch((error: unknown) => {
      if (!finished) throw error;
    });
  }

  let finished = false;
  onTestFinished(async () => {
    finished = true;
    await ecs.stop();
    await database.close();
  });

  return {
    time,
    sessions,
    /** Warnings and errors. */
    logged,
    arn: (resource: string) => `${ARN}:${resource}`,
    get ecs() {
      return ecs;
    },
    get database() {
      return database;
    },
    call,

    /** Connects a host, by default one with Fargate capacity, that does what it is told. */
    connect(query = 'hostId=h1&capacity=FARGATE', held: readonly string[] = []): FakeHost {
      const [near, far] = createMessageSocketPair();
      ecs.upgrades[0]!.accept({ path: '/ws', query: new URLSearchParams(query), context, sourceIp: '127.0.0.1' }, far);
      const host = new FakeHost(near, (report) => submit(report), held);
      hosts.push(host);
      return host;
    },

    /** Resolves when neither the service nor a host has anything left to do at this moment. */
    async settle(): Promise<void> {
      const activity = (): number => hosts.reduce((sum, host) => sum + host.activity, 0);
      for (let quiet = 0; quiet < 6;) {
        const before = activity();
        await ecs.idle();
        await setImmediate();
        quiet = activity() === before ? quiet + 1 : 0;
      }
    },

    /** Lets time pass in steps in which hosts can answer heartbeats: they stay connected. */
    async pass(milliseconds: number): Promise<void> {
      for (let left = milliseconds; left > 0; left -= PASS_STEP_MS) {
        time.advance(Math.min(left, PASS_STEP_MS));
        await this.settle();
      }
    },

    /** As after a kill: what was in memory is gone, the store is opened again. */
    async restart(): Promise<void> {
      for (const host of hosts) host.vanish();
      await ecs.stop();
      await database.close();
      database = openSqlite(path, ecsMigrations);
      ecs = create();
      await ecs.start();
    },
  };
}

export type TestEcs = ReturnType<typeof openEcs>;

export const awsvpc = {
  networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-12344321'], securityGroups: ['sg-12344321'] } },
};

/** A definition that Fargate and EC2 take. */
export const fargateDefinition = {
  family: 'web',
  networkMode: 'awsvpc',
  requiresCompatibilities: ['FARGATE'],
  cpu: '256',
  memory: '512',
  taskRoleArn: 'task-role',
  containerDefinitions: [{ name: 'app', image: 'host', command: ['sleep', '1000'] }],
};

/** Cluster `default` with the definition `web`. */
export async function prepare(test: TestEcs, definition: object = {}): Promise<void> {
  await test.call('CreateCluster', {});
  await test.call('RegisterTaskDefinition', { ...fargateDefinition, ...definition });
}
