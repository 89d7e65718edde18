import type { ProcessUsage } from '../../platform/runtime/runtime.js';

/** What the service is told of a session's end. */
export interface SessionEnd {
  readonly status: 'Success' | 'Failed';
  readonly output: string;
  /** What its command has used in all; absent: there was none, or this machine cannot tell. */
  readonly usage?: ProcessUsage;
}
