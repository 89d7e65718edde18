import { DescribeSessionsResponse$, Session$ } from '@aws-sdk/client-ssm';
import {
  BOOLEAN,
  listOf,
  NUMBER,
  structureOf,
  TEXT,
  withMember,
  withMemberAs,
} from '../../platform/aws/model/with-member.js';
import type { SessionRecord } from './session-record.js';

/** What DescribeSessions says here beside what AWS has, as member `Gangway` of each session. */
export interface FreeSession {
  /** As whom the command runs. */
  readonly User: string;
  /** It has a toolbox, of this image where one is named. */
  readonly Debug: boolean;
  readonly DebugImage?: string;
  /** Of the command and its descendants, as it was heard last: absent until then, and where a machine cannot tell. */
  readonly CpuMilliseconds?: number;
  readonly MemoryBytes?: number;
  readonly PeakMemoryBytes?: number;
}

const members = {
  User: TEXT,
  Debug: BOOLEAN,
  DebugImage: TEXT,
  CpuMilliseconds: NUMBER,
  MemoryBytes: NUMBER,
  PeakMemoryBytes: NUMBER,
};
const FreeSession$ = withMember(Session$, 'Gangway', structureOf('FreeSession', members));
const Sessions = listOf('SessionList', FreeSession$);
export const FreeDescribeSessionsResponse$ = withMemberAs(DescribeSessionsResponse$, 'Sessions', Sessions);

export function freeSession({ freedom, usage }: SessionRecord): { readonly Gangway: FreeSession } {
  const { user = 'root', toolbox } = freedom ?? {};
  return {
    Gangway: {
      User: user,
      Debug: toolbox !== undefined,
      ...(toolbox?.image !== undefined && { DebugImage: toolbox.image }),
      ...(usage && {
        CpuMilliseconds: usage.cpuMilliseconds,
        MemoryBytes: usage.memoryBytes,
        PeakMemoryBytes: usage.peakMemoryBytes,
      }),
    },
  };
}
