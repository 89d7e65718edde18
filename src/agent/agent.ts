import type { ChannelEnvironment, KeyService } from '../core/channel/channel-api.js';
import type { Runtime } from '../platform/runtime/runtime.js';
import type { AgentApi } from './agent-api.js';
import type { AgentHost } from './agent-host.js';
import { within, type Clock } from './clock.js';
import { KeepAlive } from './connection/keep-alive.js';
import { registerContainerInstance, type Capacity, type InstanceState } from './host/container-instance.js';
import { HostConnection } from './host/host-connection.js';
import type { AgentState } from './host/agent-state.js';
import { StateReports } from './host/state-reports.js';
import type { Log } from './log.js';
import { TaskEndpoint } from './metadata/task-endpoint.js';
import type { Recorders } from './record/recorders.js';
import type { AccessAs } from './role/role-access.js';
import { ChannelTicker } from './session/channel-ticker.js';
import type { OpenContainerLog } from './task/container-output.js';
import { recoverTasks } from './task/recover-tasks.js';
import { Tasks } from './task/tasks.js';

/** How long a stopping agent lets containers end by themselves, unless told otherwise; shortens their stopTimeout. */
export const STOP_CONTAINERS_MS = 10_000;
/** How long a stopping agent tries to report its last states. */
export const LAST_REPORTS_MS = 2_000;

export interface AgentOptions {
  /** Names this machine to the endpoint, the same over restarts. */
  readonly hostId: string;
  readonly capacity: Capacity;
  readonly api: AgentApi;
  /** Asked in this order. */
  readonly runtimes: readonly Runtime[];
  readonly clock: Clock;
  readonly environment: ChannelEnvironment;
  /** Uniform in [0, 1); for jitter only. */
  readonly random: () => number;
  readonly log: Log;
  /** Only for a container instance: where its ARN is kept. */
  readonly instanceState?: InstanceState;
  readonly resources?: { readonly cpuUnits: number; readonly memoryMiB: number };
  /** Of tasks without a role. */
  readonly keyService?: KeyService;
  /** Acts for a task with its role's credentials. Absent: everything is done as the host. */
  readonly accessAs?: AccessAs;
  /** What containers are given beside their definitions: credentials, metadata, environment. Absent: nothing. */
  readonly containers?: {
    readonly region: string;
    /** Base URL of the endpoint as containers reach it, for their SDKs; absent: they go to AWS. */
    readonly endpointUrl?: string;
    /** Holds sockets of tasks with a network of their own; absolute, and short: their paths have room for 107 bytes. */
    readonly waysDirectory: string;
  };
  /** Records sessions that name a log group or a bucket; started and stopped with the agent. Absent: nobody does. */
  readonly recorders?: Recorders;
  readonly openContainerLog?: OpenContainerLog;
  /** What is kept beyond this agent's life, for the one after it. Absent: its tasks end with it. */
  readonly state?: AgentState;
  /**
   * A stopping agent leaves its containers, where their runtime can, to the agent that comes after it with the same
   * state.
   */
  readonly leaveContainers?: boolean;
  /** Default {@link STOP_CONTAINERS_MS}. */
  readonly stopContainersMs?: number;
}

export interface Agent {
  /** Cleans up after an agent that died, then serves the endpoint for as long as it takes to reach it. */
  start(): Promise<void>;
  /**
   * Stops all sessions, and all containers that are not to be left; reports it if the endpoint can be reached, and lets
   * go of everything.
   */
  stop(): Promise<void>;
  /** The last bytes that a container of a current task wrote. */
  containerTail(taskArn: string, containerName: string): Uint8Array | undefined;
}

/** The program on a container host: runs tasks, and is the ExecuteCommandAgent of their containers. */
export function createAgent(options: AgentOptions): Agent {
  const { hostId, capacity, api, runtimes, clock, random, log } = options;
  const keepAlive = new KeepAlive(clock);
  const host: AgentHost = {
    api,
    clock,
    random,
    log,
    keepAlive,
    environment: options.environment,
    ticker: new ChannelTicker(clock),
    ...(options.keyService === undefined ? {} : { keyService: options.keyService }),
    ...(options.recorders === undefined ? {} : { openRecorder: options.recorders.open }),
  };
  const served = options.containers;
  const endpoint = served === undefined ? undefined : new TaskEndpoint(log, options.state?.key);
  const reports = new StateReports({ api, clock, random, log, settled: (taskArn) => tasks.settled(taskArn) });
  const tasks: Tasks = new Tasks({
    host,
    runtimes,
    report: (state) => reports.submit(state),
    say: (fact) => connection.say(fact),
    ...(options.state && { kept: options.state.tasks }),
    ...(options.accessAs === undefined ? {} : { accessAs: options.accessAs }),
    ...(served === undefined || endpoint === undefined ? {} : { serving: { ...served, endpoint } }),
    ...(options.openContainerLog === undefined ? {} : { openContainerLog: options.openContainerLog }),
  });
  const query = async (): Promise<string> => {
    if (capacity === 'FARGATE') return new URLSearchParams({ hostId, capacity }).toString();
    const instance = await registerContainerInstance({
      api,
      hostId,
      capacity,
      state: options.instanceState ?? inMemory,
      resources: options.resources ?? { cpuUnits: 1024, memoryMiB: 1024 },
    });
    return new URLSearchParams({ hostId, ...instance }).toString();
  };
  const inMemory = instanceStateInMemory();
  const connection: HostConnection = new HostConnection({ api, clock, random, keepAlive, log, tasks, query });
  return {
    async start() {
      const kept = (await options.state?.tasks.read()) ?? [];
      const found = await recoverTasks(runtimes, kept, log);
      // Before the first session: a host that cannot keep records is to be repaired first.
      await options.recorders?.start();
      await endpoint?.listen(await options.state?.readPort());
      if (endpoint !== undefined) await options.state?.writePort(endpoint.port);
      await tasks.restore(kept, found);
      connection.start();
    },
    async stop() {
      const limitMs = options.stopContainersMs ?? STOP_CONTAINERS_MS;
      await (options.leaveContainers === true ? tasks.leave(limitMs) : tasks.stop(limitMs));
      endpoint?.close();
      const lastRecords = options.recorders?.stop();
      await within(clock, LAST_REPORTS_MS, reports.idle(), undefined);
      reports.stop();
      await lastRecords;
      await options.state?.tasks.idle();
      connection.stop();
    },
    containerTail: (taskArn, containerName) => tasks.tail(taskArn, containerName),
  };
}

function instanceStateInMemory(): InstanceState {
  let known: string | undefined;
  return {
    read: () => Promise.resolve(known),
    write: (containerInstanceArn) => {
      known = containerInstanceArn;
      return Promise.resolve();
    },
  };
}
