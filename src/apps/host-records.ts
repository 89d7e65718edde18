import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createAwslogs } from '../agent/awslogs/awslogs-log.js';
import { createDeliverer } from '../agent/delivery/deliverer.js';
import type { DeliveryTargets } from '../agent/delivery/delivery-target.js';
import { createEndpointDeliveries } from '../agent/delivery/endpoint-deliveries.js';
import type { EndpointAccess } from '../agent/endpoint-access.js';
import type { Log } from '../agent/log.js';
import { nodeClock } from '../agent/node-clock.js';
import { createRecorders, type Recorders, type RecordSync } from '../agent/record/recorders.js';
import { createRecordingsClient } from '../agent/record/recordings-client.js';
import type { OpenContainerLog } from '../agent/task/container-output.js';
import { sha256 } from '../platform/crypto/sha256.js';

/** The access is the host's. */
export interface HostRecordsOptions extends EndpointAccess {
  /** The host's state: spools and copies on their way have directories in it. */
  readonly directory: string;
  readonly sync?: RecordSync;
  readonly targets?: DeliveryTargets;
  readonly log: Log;
}

/** What a host takes down of its sessions and its containers. */
export interface HostRecords {
  /** Spools, their way to the endpoint, and copies for log groups and buckets. */
  readonly recorders: Recorders;
  /** The awslogs driver. */
  readonly openContainerLog: OpenContainerLog;
}

export function createHostRecords(options: HostRecordsOptions): HostRecords {
  const { directory, sync, targets, log, ...endpoint } = options;
  const shared = { clock: nodeClock, random: Math.random, log };
  const logs = targets?.logs;
  const awslogs = createAwslogs({ ...shared, ...endpoint, ...logs });
  return {
    recorders: createRecorders({
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
      sha256,
      uptime: () => performance.now(),
    }),
    // A service with credentials of its own does not know those of execution roles.
    openContainerLog: ({ credentials, ...container }) =>
      awslogs(logs?.credentials === undefined && credentials ? { ...container, credentials } : container),
  };
}
