import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Logger } from 'pino';
import { type Agent, createAgent } from '../../agent/agent.js';
import { createEndpointApi } from '../../agent/endpoint-api.js';
import { nodeClock } from '../../agent/node-clock.js';
import { createRoleAccess, type HostKms } from '../../agent/role/role-access.js';
import type { Credentials } from '../../platform/aws/credentials.js';
import { Endpoint } from '../../platform/aws/endpoint.js';
import { nodeChannelEnvironment } from '../../platform/crypto/node-channel-environment.js';
import { openRootKey } from '../../platform/crypto/root-key.js';
import { Sealer } from '../../platform/crypto/sealer.js';
import { findDockerHost } from '../../platform/runtime/docker/docker-host.js';
import { createDockerRuntime } from '../../platform/runtime/docker/docker-runtime.js';
import type { Runtime } from '../../platform/runtime/runtime.js';
import { createSandboxRuntime } from '../../platform/runtime/sandbox/sandbox-runtime.js';
import { DirectoryLock } from '../../platform/store/directory-lock.js';
import { openSqlite } from '../../platform/store/open-sqlite.js';
import { holdsSealedKeys } from '../../services/iam/iam-directory.js';
import { createIam, createServices, migrations } from '../services.js';
import { type KmsProxy, startKmsProxy } from './kms-proxy.js';
import { type LocalEndpoint, removeLocalEndpoint, writeCredentials, writeLocalEndpoint } from './local-endpoint.js';
import { requestLog } from './operator-log.js';

export interface LocalGangwayOptions {
  /** Everything that outlives the process is in here. */
  readonly directory: string;
  /** File with the key that secrets of the state are sealed with; without, `root.key` of the directory, made at need. */
  readonly rootKey?: string;
  /** Files outside the directory that no container may read. */
  readonly keyFiles?: readonly string[];
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly region: string;
  /** Undefined: the one of the state, or {@link DEFAULT_ACCOUNT}. */
  readonly accountId: string | undefined;
  readonly limits: 'aws' | 'open';
  /** PEM texts; `caFile` where a client finds what to trust, when nobody else vouches for the certificate. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly caFile?: string };
  /** What becomes of a live session whose owner loses the permission; default: it goes on, as on AWS. */
  readonly liveSessions?: 'keep' | 'end';
  /** Another KMS that the sessions' keys are with; absent: this endpoint's. */
  readonly kms?: HostKms;
  /** Port of the proxy for AWS's names of KMS; 0: any free one. Absent: none. */
  readonly kmsProxyPort?: number;
  /** Whether this machine runs the tasks. */
  readonly agent: boolean;
  /** What runs its containers; default `auto`: the image decides. */
  readonly runtime?: RuntimeChoice;
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

export type RuntimeChoice = 'auto' | 'sandbox' | 'docker';

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
    const database = openSqlite(join(directory, 'state.db'), migrations);
    undo.push(() => database.close());

    const { rootKey } = options;
    // A state that has a root key has lost it when it is not there: another would open nothing.
    const make = rootKey === undefined && !(await holdsSealedKeys(database));
    const sealer = new Sealer(openRootKey(rootKey ?? join(directory, 'root.key'), { make }));
    const wanted = options.accountId ?? DEFAULT_ACCOUNT;
    const { created, user } = await createIam({ database, sealer, accountId: wanted }).bootstrap();
    const accountId = accountOf(user.arn);
    if (options.accountId !== undefined && options.accountId !== accountId) {
      throw new Error(
        `the state in ${directory} belongs to account ${accountId}: use that one, or another directory with --data`,
      );
    }
    const key = { accessKeyId: user.accessKeyId, secretAccessKey: user.secret.reveal() };

    const services = createServices({
      database,
      sealer,
      accountId,
      region,
      limits: options.limits,
      liveSessions: options.liveSessions ?? 'keep',
      foreignKeys: options.kms !== undefined,
      log: (part) => log.child({ part }),
    });
    const endpoint = new Endpoint({ ...services.endpoint, log: requestLog(log) });
    await services.start();
    undo.push(() => services.stop());
    undo.push(() => endpoint.close());
    const { url } = await listen(endpoint, options);

    let kmsProxy: KmsProxy | undefined;
    if (options.kmsProxyPort !== undefined) {
      kmsProxy = await startKmsProxy({
        endpoint,
        directory,
        region,
        port: options.kmsProxyPort,
        ...(tls?.caFile !== undefined && { endpointCaFile: tls.caFile }),
        clock: Date.now,
        refused: (target) => log.warn({ part: 'kms-proxy', target }, 'refused: the proxy is for KMS alone'),
      });
      const started = kmsProxy;
      undo.push(() => started.close());
    }

    let sandboxUnavailable: string | undefined;
    if (options.agent) {
      const sandbox = createSandboxRuntime({
        stateDirectory: join(directory, 'containers'),
        dataDirectoryToMask: directory,
        filesToMask: options.keyFiles ?? [],
        log: log.child({ part: 'sandbox' }),
      });
      const { runtime = 'auto' } = options;
      if (runtime !== 'docker') sandboxUnavailable = await sandbox.unavailable();
      const host = await services.iam.hostKey();
      const asHost = (): Promise<Credentials> =>
        Promise.resolve({ accessKeyId: host.accessKeyId, secretAccessKey: host.secret });
      const reached = {
        endpointUrl: url,
        region,
        dial: endpoint.connect,
        ...(tls?.caFile !== undefined && { ca: tls.cert }),
      };
      const accessAs = createRoleAccess({ ...reached, ...(options.kms && { kms: options.kms }) });
      const agent: Agent = createAgent({
        hostId: 'local',
        capacity: 'FARGATE',
        api: createEndpointApi({ ...reached, credentials: asHost }),
        accessAs,
        keyService: accessAs(asHost).keyService,
        containers: { region, endpointUrl: url },
        runtimes: [
          ...(runtime === 'docker' ? [] : [sandbox]),
          ...(runtime === 'sandbox' ? [] : [dockerRuntime(directory, log)]),
        ],
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
      ...(options.kms && { kms: options.kms.endpointUrl }),
      ...(kmsProxy && { kmsProxy: { url: kmsProxy.url, caFile: kmsProxy.caFile } }),
    };
    writeLocalEndpoint(directory, local);
    undo.push(() => removeLocalEndpoint(directory));
    return { url, region, accountId, key, created, sandboxUnavailable, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function dockerRuntime(directory: string, log: Logger): Runtime {
  const { env } = process;
  return createDockerRuntime({
    host: findDockerHost(env),
    stateDirectory: directory,
    ...(env['DOCKER_TLS_VERIFY'] && { certificates: env['DOCKER_CERT_PATH'] ?? join(homedir(), '.docker') }),
    ...(env['DOCKER_CONFIG'] && { configDirectory: env['DOCKER_CONFIG'] }),
    log: log.child({ part: 'docker' }),
  });
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
