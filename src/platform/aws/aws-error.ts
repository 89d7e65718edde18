/** Whose fault an error is; decides the HTTP status (400 or 500 unless given) and `Sender` or `Receiver`. */
export type Fault = 'client' | 'server';

/**
 * An error that the caller shall see, exactly as AWS would say it. It becomes bytes only at the edge (the codecs).
 * `reason` is for the operator's log and audit, never for the caller.
 */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly code: string;
  readonly fault: Fault;
  readonly status: number;
  readonly reason: string | undefined;
  /** Further members of the error's shape, for example `resourceIds` of ConflictException. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options: {
      fault?: Fault;
      status?: number;
      reason?: string;
      members?: Readonly<Record<string, unknown>>;
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fault = options.fault ?? 'client';
    this.status = options.status ?? (this.fault === 'client' ? 400 : 500);
    this.reason = options.reason;
    this.members = options.members ?? {};
  }
}
