import { join } from 'node:path';
import process from 'node:process';
import type { Logger } from 'pino';
import type { DeliveryTargets } from '../../agent/delivery/delivery-target.js';
import type { RecordSync } from '../../agent/record/recorders.js';
import type { HostKms } from '../../agent/role/role-access.js';
import { Endpoint } from '../../platform/aws/endpoint.js';
import { openRootKey } from '../../platform/crypto/root-key.js';
import { Sealer } from '../../platform/crypto/sealer.js';
import { DirectoryLock } from '../../platform/store/directory-lock.js';
import { openSqlite } from '../../platform/store/open-sqlite.js';
import { holdsSealedKeys } from '../../services/iam/iam-directory.js';
import type { LimitsOption } from '../../services/limits.js';
import type { VpcConfiguration } from '../../services/network.js';
import type { RecordDefaults } from '../../services/ecs/recording-settings.js';
import { createIam, createServices, migrations } from '../services.js';
import { type KmsProxy, startKmsProxy } from './kms-proxy.js';
import { type RuntimeChoice, startLocalAgent } from './local-agent.js';
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
  readonly limits: LimitsOption;
  /** PEM texts; `caFile` where a client finds what to trust, when nobody else vouches for the certificate. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly caFile?: string };
  /** What becomes of a live session whose owner loses the permission; default: it goes on, as on AWS. */
  readonly liveSessions?: 'keep' | 'end';
  /** Another KMS that the sessions' keys are with; absent: this endpoint's. */
  readonly kms?: HostKms;
  /** Port of the proxy for AWS's names of KMS; 0: any free one. Absent: none. */
  readonly kmsProxyPort?: number;
  /** How sessions are recorded of clusters whose tags do not say it. */
  readonly recordDefaults?: Partial<RecordDefaults>;
  /** Records that ended longer ago are deleted; default: none is. */
  readonly recordingRetentionDays?: number;
  readonly recordSync?: RecordSync;
  /** Where logs and copies of records go; absent: here. */
  readonly targets?: DeliveryTargets;
  /** Services that EC2 says the VPC has interface endpoints for. */
  readonly vpcEndpoints?: readonly string[];
  /** Default: three subnets, and any id is taken. */
  readonly vpc?: VpcConfiguration;
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
      objectDirectory: join(directory, 's3'),
      accountId,
      region,
      limits: options.limits,
      liveSessions: options.liveSessions ?? 'keep',
      foreignKeys: options.kms !== undefined,
      recordingsDirectory: join(directory, 'recordings'),
      ...(options.recordingRetentionDays !== undefined && { recordingRetentionDays: options.recordingRetentionDays }),
      ...(options.recordDefaults && { recordDefaults: options.recordDefaults }),
      vpcEndpoints: options.vpcEndpoints,
      vpc: options.vpc,
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
      const started = await startLocalAgent({ ...options, url, endpoint, hostKey: () => services.iam.hostKey() });
      undo.push(() => started.stop());
      ({ sandboxUnavailable } = started);
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
