import type { Call } from '../connect.js';

/** One of DescribeSessions' Sessions, as it comes. */
export interface DescribedSession {
  readonly SessionId?: string;
  readonly Target?: string;
  readonly Owner?: string;
  readonly Status?: string;
  readonly Reason?: string;
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

export async function describeSessions(call: Call, state: 'Active' | 'History'): Promise<DescribedSession[]> {
  const rows: DescribedSession[] = [];
  let token: string | undefined;
  do {
    const page = (await call('ssm', 'DescribeSessions', {
      State: state,
      ...(token !== undefined && { NextToken: token }),
    })) as { readonly Sessions?: readonly DescribedSession[]; readonly NextToken?: string | null };
    rows.push(...(page.Sessions ?? []));
    token = page.NextToken ?? undefined;
  } while (token !== undefined && token !== '');
  return rows;
}
