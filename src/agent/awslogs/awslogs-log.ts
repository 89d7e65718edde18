import { AwsError } from '../../platform/aws/aws-error.js';
import type { Credentials } from '../../platform/aws/credentials.js';
import { alreadyExists, createLogsClient, isMissing, type LogsClient } from '../../platform/aws/logs-client.js';
import { StartError } from '../../platform/runtime/runtime.js';
import type { Clock } from '../clock.js';
import { causeOf, type Log } from '../log.js';
import type { ContainerLog, ContainerLogRequest, OpenContainerLog } from '../task/container-output.js';
import { type AwslogsOptions, readAwslogsOptions } from './awslogs-options.js';
import { LineSplitter } from './line-splitter.js';
import { LogShipper } from './log-shipper.js';
import type { Trust } from '../../platform/aws/trust.js';

/** A line that has begun and does not end is sent after this long, and its rest as another event. */
export const OPEN_LINE_MS = 5_000;
/** Of one attempt to reach CloudWatch Logs. */
const REQUEST_TIMEOUT_MS = 5_000;

export interface AwslogsHostOptions {
  /** Base URL of CloudWatch Logs, or `aws` for AWS's own of the region that a definition names. */
  readonly endpointUrl: string;
  /** Of the endpoint, when it is not AWS: it has one region, whatever a definition names. */
  readonly region: string;
  /** Of the host, for tasks without an execution role: what an EC2 instance's role is on AWS. */
  readonly credentials: () => Promise<Credentials>;
  /** PEM certificates to trust beside the usual ones. */
  readonly ca?: Trust;
  readonly clock: Clock;
  /** Uniform in [0, 1); for jitter only. */
  readonly random: () => number;
  readonly log: Log;
}

/**
 * The awslogs driver: each line of a container's stdout and stderr is an event of `PREFIX/CONTAINER/TASK-ID`. The
 * stream is made before the container starts, as ECS does it, so that a group that is not there is known at once.
 */
export function createAwslogs(host: AwslogsHostOptions): OpenContainerLog {
  return async (request) => {
    const options = request.logConfiguration && readAwslogsOptions(request.logConfiguration);
    if (options === undefined) return undefined;
    const { endpointUrl, credentials, ca, log } = host;
    const stream = streamName(options, request);
    const fields = { task: request.taskArn, container: request.containerName, group: options.group, stream };
    if (options.multiline) log.warn(fields, 'awslogs: events of several lines are not supported; each line is one');
    const client = createLogsClient({
      endpointUrl,
      region: endpointUrl === 'aws' ? options.region : host.region,
      credentials: request.credentials ?? credentials,
      timeoutMs: REQUEST_TIMEOUT_MS,
      ...(ca !== undefined && { ca }),
    });
    try {
      await makeStream(client, options, stream);
    } catch (error) {
      client.close();
      throw error;
    }
    return new AwslogsLog({ ...host, client, options, stream, fields });
  };
}

function streamName({ streamPrefix }: AwslogsOptions, request: ContainerLogRequest): string {
  const { taskArn, containerName, runtimeId } = request;
  const taskId = taskArn.slice(taskArn.lastIndexOf('/') + 1);
  return streamPrefix === undefined ? runtimeId : `${streamPrefix}/${containerName}/${taskId}`;
}

/** Throws StartError in the words of ECS. */
async function makeStream(
  client: LogsClient,
  { group, createGroup }: AwslogsOptions,
  stream: string,
  signal?: AbortSignal,
): Promise<void> {
  const cancel = signal && { signal };
  let making = 'stream';
  try {
    await client.createLogStream(group, stream, cancel).catch(async (error: unknown) => {
      if (!isMissing(error) || !createGroup) throw error;
      making = 'group';
      await client.createLogGroup(group, cancel).catch(unlessThere);
      making = 'stream';
      await client.createLogStream(group, stream, cancel);
    });
  } catch (error) {
    if (alreadyExists(error)) return;
    const cause = error instanceof AwsError ? `${error.code}: ${error.message}` : causeOf(error);
    throw new StartError(
      `ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log ${making}: ${cause}`,
      { cause: error },
    );
  }
}

function unlessThere(error: unknown): void {
  if (!alreadyExists(error)) throw error;
}

interface AwslogsLogOptions extends Pick<AwslogsHostOptions, 'clock' | 'random' | 'log'> {
  readonly client: LogsClient;
  readonly options: AwslogsOptions;
  readonly stream: string;
  readonly fields: Readonly<Record<string, string>>;
}

class AwslogsLog implements ContainerLog {
  readonly #options: AwslogsLogOptions;
  readonly #shipper: LogShipper;
  readonly #lines = { stdout: new LineSplitter(), stderr: new LineSplitter() };
  /** Take back the timers that send lines which do not end. */
  readonly #timers = new Map<'stdout' | 'stderr', () => void>();

  constructor(given: AwslogsLogOptions) {
    const { client, options, stream } = given;
    this.#options = given;
    this.#shipper = new LogShipper({
      ...given,
      maxBytes: options.bufferBytes,
      blocking: options.blocking,
      put: (events, signal) => client.putLogEvents(options.group, stream, events, { signal }),
      restore: (signal) => makeStream(client, options, stream, signal),
    });
  }

  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): Promise<void> | undefined {
    this.#add(this.#lines[stream].write(bytes));
    this.#watch(stream);
    return this.#options.options.blocking ? this.#shipper.room() : undefined;
  }

  async close(): Promise<void> {
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#timers.get(stream)?.();
      this.#add(this.#lines[stream].flush());
    }
    await this.#shipper.close();
    this.#options.client.close();
  }

  /** The time of an event is that of its arrival. */
  #add(lines: readonly string[]): void {
    const timestamp = this.#options.clock.now();
    for (const message of lines) this.#shipper.add({ timestamp, message });
  }

  #watch(stream: 'stdout' | 'stderr'): void {
    this.#timers.get(stream)?.();
    this.#timers.delete(stream);
    const lines = this.#lines[stream];
    if (!lines.pending) return;
    this.#timers.set(
      stream,
      this.#options.clock.after(OPEN_LINE_MS, () => this.#add(lines.flush())),
    );
  }
}
