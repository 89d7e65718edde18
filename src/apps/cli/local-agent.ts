import { join } from 'node:path';
import type { Logger } from 'pino';
import { createAgent } from '../../agent/agent.js';
import type { DeliveryTargets } from '../../agent/delivery/delivery-target.js';
import { createEndpointApi } from '../../agent/endpoint-api.js';
import { createAgentState } from '../../agent/host/agent-state.js';
import { nodeClock } from '../../agent/node-clock.js';
import type { RecordSync } from '../../agent/record/recorders.js';
import { createRoleAccess, type HostKms } from '../../agent/role/role-access.js';
import type { Credentials } from '../../platform/aws/credentials.js';
import type { Endpoint } from '../../platform/aws/endpoint.js';
import type { Secret } from '../../platform/aws/secret.js';
import { nodeChannelEnvironment } from '../../platform/crypto/node-channel-environment.js';
import { createHostRecords } from '../host-records.js';
import { hostRuntimes, type RuntimeChoice } from '../host-runtimes.js';
import { agentKey } from '../agent-key.js';
import { waysDirectory } from '../ways-directory.js';

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
  const reached = {
    endpointUrl: url,
    region,
    ...(tls?.caFile !== undefined && { ca: tls.cert }),
  };
  const dial = endpoint.connect;
  const accessAs = createRoleAccess({ ...reached, dial, ...(kms && { kms }) });
  const records = createHostRecords({
    ...reached,
    credentials,
    directory,
    ...(recordSync !== undefined && { sync: recordSync }),
    ...(targets !== undefined && { targets }),
    log: log.child({ part: 'records' }),
  });
  const agent = createAgent({
    hostId: 'local',
    capacity: 'FARGATE',
    api: createEndpointApi({ ...reached, dial, credentials }),
    accessAs,
    keyService: accessAs(credentials).keyService,
    containers: { region, endpointUrl: url, waysDirectory: waysDirectory(directory) },
    runtimes,
    clock: nodeClock,
    environment: nodeChannelEnvironment,
    random: Math.random,
    log: log.child({ part: 'agent' }),
    ...records,
    state: createAgentState(join(directory, 'agent'), agentKey(directory), log.child({ part: 'agent' })),
  });
  await agent.start();
  return { sandboxUnavailable, stop: () => agent.stop() };
}
