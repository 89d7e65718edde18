import type { ChannelEnvironment, KeyService } from '../core/channel/channel-api.js';
import type { AgentApi } from './agent-api.js';
import type { Clock } from './clock.js';
import type { ProcessUsage } from '../platform/runtime/runtime.js';
import type { Credentials } from '../platform/aws/credentials.js';
import type { KeepAlive } from './connection/keep-alive.js';
import type { Log } from './log.js';
import type { OpenRecorder } from './recorder.js';
import type { ChannelTicker } from './session/channel-ticker.js';

/** What all tasks, containers and sessions of one host share. */
export interface AgentHost {
  readonly api: AgentApi;
  readonly clock: Clock;
  /** Uniform in [0, 1); for jitter only. */
  readonly random: () => number;
  readonly environment: ChannelEnvironment;
  readonly keepAlive: KeepAlive;
  readonly ticker: ChannelTicker;
  readonly log: Log;
  /** Absent: sessions with a `kmsKeyId` fail. */
  readonly keyService?: KeyService;
  /** Of the task's role; absent: the host's own, for a task without one. */
  readonly roleCredentials?: () => Promise<Credentials>;
  /** Absent: nothing is recorded. */
  readonly openRecorder?: OpenRecorder;
  /** Told now and then what a session's command uses, and at its end what it has used. */
  readonly sessionUsed?: (usage: SessionUse) => void;
}

/** What one session uses of its container's machine. */
export interface SessionUse extends ProcessUsage {
  readonly sessionId: string;
  readonly taskArn: string;
  readonly containerName: string;
}
