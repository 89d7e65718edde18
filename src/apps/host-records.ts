import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createDeliverer } from '../agent/delivery/deliverer.js';
import type { DeliveryTargets } from '../agent/delivery/delivery-target.js';
import { createEndpointDeliveries } from '../agent/delivery/endpoint-deliveries.js';
import type { Log } from '../agent/log.js';
import { nodeClock } from '../agent/node-clock.js';
import { createRecorders, type Recorders, type RecordSync } from '../agent/record/recorders.js';
import { createRecordingsClient } from '../agent/record/recordings-client.js';
import type { Credentials } from '../platform/aws/credentials.js';

export interface HostRecordsOptions {
  /** Base URL of the endpoint. */
  readonly endpointUrl: string;
  readonly region: string;
  /** Of the host. */
  readonly credentials: () => Promise<Credentials>;
  /** PEM certificates to trust beside the usual ones. */
  readonly ca?: string;
  /** The host's state: spools and copies on their way have directories in it. */
  readonly directory: string;
  readonly sync?: RecordSync;
  readonly targets?: DeliveryTargets;
  readonly log: Log;
}

/** The records of a host's sessions, joined: spools, their way to the endpoint, copies for log groups and buckets. */
export function createHostRecords(options: HostRecordsOptions): Recorders {
  const { directory, sync, targets, log, ...endpoint } = options;
  const shared = { clock: nodeClock, random: Math.random, log };
  return createRecorders({
    ...shared,
    directory: join(directory, 'spools'),
    ...(sync !== undefined && { sync }),
    endpoint: createRecordingsClient(endpoint),
    deliverer: createDeliverer({
      ...shared,
      ...endpoint,
      endpoint: createEndpointDeliveries(endpoint),
      directory: join(directory, 'deliveries'),
      ...(targets !== undefined && { targets }),
    }),
    sha256: (bytes) => createHash('sha256').update(bytes).digest(),
    uptime: () => performance.now(),
  });
}
