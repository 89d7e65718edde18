import { createAgent, type Agent, type AgentOptions } from '../agent/agent.js';
import type { DeliveryTargets } from '../agent/delivery/delivery-target.js';
import type { EndpointAccess } from '../agent/endpoint-access.js';
import { createEndpointApi } from '../agent/endpoint-api.js';
import { createAgentState } from '../agent/host/agent-state.js';
import { nodeClock } from '../agent/node-clock.js';
import type { RecordSync } from '../agent/record/recorders.js';
import { createRoleAccess, type HostKms } from '../agent/role/role-access.js';
import type { Log } from '../agent/log.js';
import type { Dial } from '../platform/aws/message-socket.js';
import { nodeChannelEnvironment } from '../platform/crypto/node-channel-environment.js';
import { agentKey } from './agent-key.js';
import { createHostRecords } from './host-records.js';
import { waysDirectory } from './ways-directory.js';

export interface ContainerHostOptions {
  readonly agent: Pick<
    AgentOptions,
    'hostId' | 'capacity' | 'runtimes' | 'instanceState' | 'resources' | 'leaveContainers'
  >;
  /** The endpoint, and the host's own access to it. */
  readonly reached: EndpointAccess;
  readonly dial: Dial;
  /** Base URL of the endpoint as containers reach it; absent: they go to AWS. */
  readonly containerEndpointUrl?: string;
  readonly kms?: HostKms;
  /** The host's state; its agent keeps what outlives it in `agentDirectory`. */
  readonly directory: string;
  readonly agentDirectory: string;
  readonly recordSync?: RecordSync;
  readonly targets?: DeliveryTargets;
  /** Of the agent, and of its records. */
  readonly log: Log;
  readonly recordsLog: Log;
}

/** An agent with all that Node and this machine give it. */
export function createContainerHost(options: ContainerHostOptions): Agent {
  const { reached, dial, containerEndpointUrl, kms, directory, agentDirectory } = options;
  const { recordSync, targets, log, recordsLog } = options;
  const { region, credentials } = reached;
  const accessAs = createRoleAccess({ ...reached, dial, ...(kms && { kms }) });
  return createAgent({
    ...options.agent,
    api: createEndpointApi({ ...reached, dial }),
    accessAs,
    keyService: accessAs(credentials).keyService,
    containers: {
      region,
      waysDirectory: waysDirectory(directory),
      ...(containerEndpointUrl !== undefined && { endpointUrl: containerEndpointUrl }),
    },
    clock: nodeClock,
    environment: nodeChannelEnvironment,
    random: Math.random,
    log,
    ...createHostRecords({
      ...reached,
      directory,
      ...(recordSync !== undefined && { sync: recordSync }),
      ...(targets !== undefined && { targets }),
      log: recordsLog,
    }),
    state: createAgentState(agentDirectory, agentKey(directory), log),
  });
}
