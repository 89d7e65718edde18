import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import process from 'node:process';
import type { Logger } from 'pino';
import { type Agent, createAgent } from '../../agent/agent.js';
import { createEndpointApi } from '../../agent/endpoint-api.js';
import { nodeClock } from '../../agent/node-clock.js';
import { Endpoint } from '../../platform/aws/endpoint.js';
import { nodeChannelEnvironment } from '../../platform/crypto/node-channel-environment.js';
import { openRootKey } from '../../platform/crypto/root-key.js';
import { Sealer } from '../../platform/crypto/sealer.js';
import { createSandboxRuntime } from '../../platform/runtime/sandbox/sandbox-runtime.js';
import { DirectoryLock } from '../../platform/store/directory-lock.js';
import { openSqlite } from '../../platform/store/open-sqlite.js';
import { createEcsService, ecsMigrations } from '../../services/ecs/ecs-service.js';
import {
  createIamDirectory,
  holdsSealedKeys,
  type IamDirectory,
  iamMigrations,
} from '../../services/iam/iam-directory.js';
import { createSessionServices } from '../../services/ssm/create-session-services.js';
import { nodeSessionEnvironment } from '../../services/ssm/node-session-environment.js';
import { ssmMigrations } from '../../services/ssm/ssm-migrations.js';
import { createStsService } from '../../services/sts/sts-service.js';
import { type LocalEndpoint, removeLocalEndpoint, writeCredentials, writeLocalEndpoint } from './local-endpoint.js';
import { requestLog } from './operator-log.js';

const PARTITION = 'aws';

export interface LocalGangwayOptions {
  /** Everything that outlives the process is in here. */
  readonly directory: string;
  /** File with the key that secrets of the state are sealed with; without, `root.key` of the directory, made at need. */
  readonly rootKey?: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly region: string;
  /** Undefined: the one of the state, or {@link DEFAULT_ACCOUNT}. */
  readonly accountId: string | undefined;
  readonly limits: 'aws' | 'open';
  /** PEM texts; `caFile` where a client finds what to trust, when nobody else vouches for the certificate. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly caFile?: string };
  /** Whether this machine runs the tasks. */
  readonly agent: boolean;
  readonly log: Logger;
}

export interface LocalGangway {
  readonly url: string;
  readonly region: string;
  readonly accountId: string;
  readonly key: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** The first start on this directory: the access key has just been made. */
  readonly created: boolean;
  /** Why no container with image `host` can run here; undefined when it can. */
  readonly sandboxUnavailable: string | undefined;
  /** Ends sessions and containers, and leaves the state for the next start. */
  stop(): Promise<void>;
}

/** AWS's example account. */
export const DEFAULT_ACCOUNT = '123456789012';

/** Endpoint, message gateway and agent in one process: what `gangway up` is. */
export async function startLocalGangway(options: LocalGangwayOptions): Promise<LocalGangway> {
  const { directory, region, log, tls } = options;
  const undo: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const lock = DirectoryLock.acquire(directory);
    undo.push(() => lock.release());
    const database = openSqlite(join(directory, 'state.db'), [...iamMigrations, ...ssmMigrations, ...ecsMigrations]);
    undo.push(() => database.close());

    const { rootKey } = options;
    // A state that has a root key has lost it when it is not there: another would open nothing.
    const make = rootKey === undefined && !(await holdsSealedKeys(database));
    const sealer = new Sealer(openRootKey(rootKey ?? join(directory, 'root.key'), { make }));
    const clock = (): number => Date.now();
    const random = (length: number): Uint8Array => randomBytes(length);
    const directoryOf = (accountId: string): IamDirectory =>
      createIamDirectory({ database, accountId, partition: PARTITION, clock, random, sealer });
    const { created, user } = await directoryOf(options.accountId ?? DEFAULT_ACCOUNT).bootstrap();
    const accountId = accountOf(user.arn);
    if (options.accountId !== undefined && options.accountId !== accountId) {
      throw new Error(
        `the state in ${directory} belongs to account ${accountId}: use that one, or another directory with --data`,
      );
    }
    const iam = directoryOf(accountId);
    undo.push(() => iam.close());
    const key = { accessKeyId: user.accessKeyId, secretAccessKey: user.secret.reveal() };

    const sessions = createSessionServices({
      database,
      targets: () => ecs.targets,
      environment: nodeSessionEnvironment,
      log: log.child({ part: 'sessions' }),
    });
    const ecs = createEcsService({
      database,
      sessions: sessions.sessions,
      accountId,
      region,
      partition: PARTITION,
      limits: options.limits,
      clock,
      timers: { after: (milliseconds, work) => nodeSessionEnvironment.after(milliseconds, work) },
      random,
      log: log.child({ part: 'ecs' }),
    });
    const endpoint = new Endpoint({
      services: [ecs.service, sessions.service, createStsService(), iam.service],
      routes: sessions.routes,
      upgrades: [...sessions.upgrades, ...ecs.upgrades],
      accessKeys: iam.accessKeys,
      region,
      clock,
      log: requestLog(log),
    });

    // Sessions first: until they are restored, a task found stopped would have none to end.
    await sessions.start();
    undo.push(() => sessions.stop());
    await ecs.start();
    undo.push(() => ecs.stop());
    undo.push(() => endpoint.close());
    const { url } = await listen(endpoint, options);

    let sandboxUnavailable: string | undefined;
    if (options.agent) {
      const sandbox = createSandboxRuntime({
        stateDirectory: join(directory, 'containers'),
        dataDirectoryToMask: directory,
        log: log.child({ part: 'sandbox' }),
      });
      sandboxUnavailable = await sandbox.unavailable();
      const host = await iam.hostKey();
      const agent: Agent = createAgent({
        hostId: 'local',
        capacity: 'FARGATE',
        api: createEndpointApi({
          endpointUrl: url,
          region,
          credentials: () => Promise.resolve({ accessKeyId: host.accessKeyId, secretAccessKey: host.secret }),
          dial: endpoint.connect,
          ...(tls?.caFile !== undefined && { ca: tls.cert }),
        }),
        runtimes: [sandbox],
        clock: nodeClock,
        environment: nodeChannelEnvironment,
        random: Math.random,
        log: log.child({ part: 'agent' }),
        execOnReadonlyRoot: options.limits === 'open',
      });
      await agent.start();
      undo.push(() => agent.stop());
    }

    writeCredentials(directory, key);
    const local: LocalEndpoint = {
      url,
      region,
      pid: process.pid,
      ...(tls?.caFile !== undefined && { caFile: tls.caFile }),
    };
    writeLocalEndpoint(directory, local);
    undo.push(() => removeLocalEndpoint(directory));
    return { url, region, accountId, key, created, sandboxUnavailable, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function listen(endpoint: Endpoint, { host, port, tls }: LocalGangwayOptions): Promise<{ url: string }> {
  try {
    return await endpoint.listen({ host, port, ...(tls && { tls: { cert: tls.cert, key: tls.key } }) });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE') throw error;
    throw new Error(`port ${port} of ${host} is in use: take another with --port (0 is any free one).`, {
      cause: error,
    });
  }
}

/** `arn:aws:iam::123456789012:user/gangway-admin` */
function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}
