import { AwsClient, type CallOptions } from './aws-client.js';
import { AwsError } from './aws-error.js';
import { defaultEndpoint } from './configuration/default-endpoint.js';
import type { Credentials } from './credentials.js';
import type { Trust } from './trust.js';

/** First part of `X-Amz-Target`. */
export const LOGS_TARGET_PREFIX = 'Logs_20140328';

export interface LogsClientOptions {
  /** Base URL, or `aws` for AWS's own of the region. */
  readonly endpointUrl: string;
  readonly region: string;
  /** Asked before every attempt, so that they can be renewed. */
  readonly credentials: () => Promise<Credentials>;
  /** PEM certificates to trust beside the usual ones. */
  readonly ca?: Trust;
  /** Of one attempt; default that of {@link AwsClient}. */
  readonly timeoutMs?: number;
  /** Default that of {@link AwsClient}; 1 for callers that have their own way of trying again. */
  readonly attempts?: number;
}

export interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly message: string;
}

export interface LogGroupDescription {
  readonly logGroupName: string;
  readonly kmsKeyId?: string;
  readonly retentionInDays?: number;
}

export interface LogStreamDescription {
  readonly logStreamName: string;
  readonly lastEventTimestamp?: number;
}

/** Events that were not taken, by their places in the batch: too old before `tooOldLogEventEndIndex`, and so on. */
export interface RejectedLogEvents {
  readonly tooNewLogEventStartIndex?: number;
  readonly tooOldLogEventEndIndex?: number;
  readonly expiredLogEventEndIndex?: number;
}

/**
 * What a writer to CloudWatch Logs needs. Everything rejects with an {@link AwsError} when the service answers with one,
 * and with the system's error when it does not answer.
 */
export interface LogsClient {
  createLogGroup(
    logGroupName: string,
    options?: CallOptions & { readonly kmsKeyId?: string; readonly tags?: Readonly<Record<string, string>> },
  ): Promise<void>;
  createLogStream(logGroupName: string, logStreamName: string, options?: CallOptions): Promise<void>;
  /** At most {@link MAX_BATCH_EVENTS} and so on (logs-limits.ts), in order of time. Undefined: all were taken. */
  putLogEvents(
    logGroupName: string,
    logStreamName: string,
    events: readonly LogEvent[],
    options?: CallOptions,
  ): Promise<RejectedLogEvents | undefined>;
  /** The group of exactly this name, found by DescribeLogGroups. */
  findLogGroup(logGroupName: string, options?: CallOptions): Promise<LogGroupDescription | undefined>;
  /** The stream of exactly this name, found by DescribeLogStreams. */
  findLogStream(
    logGroupName: string,
    logStreamName: string,
    options?: CallOptions,
  ): Promise<LogStreamDescription | undefined>;
  /** Drops idle connections. */
  close(): void;
}

/** CloudWatch Logs over signed requests (JSON 1.1). */
export function createLogsClient(options: LogsClientOptions): LogsClient {
  const { endpointUrl, region, ...rest } = options;
  const endpoint = endpointUrl === 'aws' ? defaultEndpoint('logs', region) : endpointUrl;
  const client = new AwsClient({ endpoint, region, ...rest });

  async function call(operation: string, input: object, { signal }: CallOptions = {}) {
    const output = await client.json('logs', LOGS_TARGET_PREFIX, operation, input, signal && { signal });
    return (output ?? {}) as Readonly<Record<string, unknown>>;
  }

  /** The one of a name among those that begin with it, which come in order: it is the first of them, if it is there. */
  async function find<T>(
    operation: string,
    list: string,
    input: object,
    nameOf: string,
    name: string,
    options?: CallOptions,
  ) {
    let nextToken: unknown;
    do {
      const page = await call(operation, { ...input, ...(nextToken !== undefined && { nextToken }) }, options);
      const items = (page[list] ?? []) as readonly T[];
      const found = items.find((item) => (item as Readonly<Record<string, unknown>>)[nameOf] === name);
      if (found !== undefined) return found;
      nextToken = page['nextToken'];
    } while (nextToken !== undefined);
    return undefined;
  }

  return {
    async createLogGroup(logGroupName, { kmsKeyId, tags, ...options } = {}) {
      await call('CreateLogGroup', { logGroupName, kmsKeyId, tags }, options);
    },
    async createLogStream(logGroupName, logStreamName, options) {
      await call('CreateLogStream', { logGroupName, logStreamName }, options);
    },
    async putLogEvents(logGroupName, logStreamName, logEvents, options) {
      const output = await call('PutLogEvents', { logGroupName, logStreamName, logEvents }, options);
      return output['rejectedLogEventsInfo'] as RejectedLogEvents | undefined;
    },
    findLogGroup: (logGroupName, options) =>
      find(
        'DescribeLogGroups',
        'logGroups',
        { logGroupNamePrefix: logGroupName },
        'logGroupName',
        logGroupName,
        options,
      ),
    findLogStream: (logGroupName, logStreamName, options) =>
      find(
        'DescribeLogStreams',
        'logStreams',
        { logGroupName, logStreamNamePrefix: logStreamName },
        'logStreamName',
        logStreamName,
        options,
      ),
    close: () => client.close(),
  };
}

/** Whether the service said so: the group or the stream is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof AwsError && error.code === 'ResourceNotFoundException';
}

/** Whether what was to be made is there already, which is just as well. */
export function alreadyExists(error: unknown): boolean {
  return error instanceof AwsError && error.code === 'ResourceAlreadyExistsException';
}
