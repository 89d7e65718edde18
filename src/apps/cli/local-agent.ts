import { join } from 'node:path';
import type { Logger } from 'pino';
import type { DeliveryTargets } from '../../agent/delivery/delivery-target.js';
import type { RecordSync } from '../../agent/record/recorders.js';
import type { HostKms } from '../../agent/role/role-access.js';
import type { Credentials } from '../../platform/aws/credentials.js';
import type { Endpoint } from '../../platform/aws/endpoint.js';
import type { Secret } from '../../platform/aws/secret.js';
import { createContainerHost } from '../container-host.js';
import { hostRuntimes, type RuntimeChoice } from '../host-runtimes.js';

export type { RuntimeChoice };

export interface LocalAgentOptions {
  readonly directory: string;
  readonly url: string;
  readonly region: string;
  readonly endpoint: Pick<Endpoint, 'connect'>;
  readonly hostKey: () => Promise<{ readonly accessKeyId: string; readonly secret: Secret }>;
  readonly keyFiles?: readonly string[];
  readonly tls?: { readonly cert: string; readonly caFile?: string };
  readonly kms?: HostKms;
  /** What runs its containers; default `auto`: the image decides. */
  readonly runtime?: RuntimeChoice;
  readonly recordSync?: RecordSync;
  readonly targets?: DeliveryTargets;
  readonly log: Logger;
}

export interface LocalAgent {
  /** Why no container with image `host` can run here; undefined when it can. */
  readonly sandboxUnavailable: string | undefined;
  stop(): Promise<void>;
}

/** The container host in the process of its endpoint. */
export async function startLocalAgent(options: LocalAgentOptions): Promise<LocalAgent> {
  const { directory, url, region, endpoint, tls, kms, targets, recordSync, log } = options;
  const { runtime: choice = 'auto', keyFiles: filesToMask = [] } = options;
  const runtimes = hostRuntimes({ choice, directory, filesToMask, log });
  const sandboxUnavailable = await runtimes.find(({ name }) => name === 'sandbox')?.unavailable();
  const host = await options.hostKey();
  const credentials = (): Promise<Credentials> =>
    Promise.resolve({ accessKeyId: host.accessKeyId, secretAccessKey: host.secret });
  const agent = createContainerHost({
    agent: { hostId: 'local', capacity: 'FARGATE', runtimes },
    reached: { endpointUrl: url, region, credentials, ...(tls?.caFile !== undefined && { ca: tls.cert }) },
    dial: endpoint.connect,
    containerEndpointUrl: url,
    ...(kms && { kms }),
    directory,
    agentDirectory: join(directory, 'agent'),
    ...(recordSync !== undefined && { recordSync }),
    ...(targets !== undefined && { targets }),
    log: log.child({ part: 'agent' }),
    recordsLog: log.child({ part: 'records' }),
  });
  await agent.start();
  return { sandboxUnavailable, stop: () => agent.stop() };
}
