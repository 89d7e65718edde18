import type { Call } from '../connect.js';

/** One of DescribeSessions' Sessions, as it comes. */
export interface DescribedSession {
  readonly SessionId?: string;
  readonly Target?: string;
  readonly Owner?: string;
  readonly Status?: string;
  readonly Reason?: string;
  readonly DocumentName?: string;
  /** How it ended. */
  readonly Details?: string;
  readonly OutputUrl?: { readonly S3OutputUrl?: string | null; readonly CloudWatchOutputUrl?: string | null } | null;
  /** Seconds since the epoch. */
  readonly StartDate?: number;
  readonly EndDate?: number;
  /** Of Gangway's alone. */
  readonly Gangway?: {
    readonly User?: string | null;
    readonly Debug?: boolean | null;
    readonly DebugImage?: string | null;
    readonly CpuMilliseconds?: number | null;
    readonly MemoryBytes?: number | null;
    readonly PeakMemoryBytes?: number | null;
  } | null;
}

/** A session that is under way, or past; undefined when Session Manager knows none of this name, or none any more. */
export async function describeSession(call: Call, sessionId: string): Promise<DescribedSession | undefined> {
  const Filters = [{ key: 'SessionId', value: sessionId }];
  const [active, history] = await Promise.all([
    describeSessions(call, 'Active', Filters),
    describeSessions(call, 'History', Filters),
  ]);
  // Between the two it may have ended, and then is in both.
  return history[0] ?? active[0];
}

export async function describeSessions(
  call: Call,
  state: 'Active' | 'History',
  filters?: readonly { readonly key: string; readonly value: string }[],
): Promise<DescribedSession[]> {
  const rows: DescribedSession[] = [];
  let token: string | undefined;
  do {
    const page = (await call('ssm', 'DescribeSessions', {
      State: state,
      ...(filters && { Filters: filters }),
      ...(token !== undefined && { NextToken: token }),
    })) as { readonly Sessions?: readonly DescribedSession[]; readonly NextToken?: string | null };
    rows.push(...(page.Sessions ?? []));
    token = page.NextToken ?? undefined;
  } while (token !== undefined && token !== '');
  return rows;
}
