import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { DEFAULT_RECORDING, NO_SESSION_INPUTS, type SessionInputs } from '../../core/protocol/session-document.js';
import type { RecordingSettings } from '../../core/protocol/session-document.js';
import { EventKind, type RecordingEvent, type RecordingHeader } from '../../core/recording/recording-format.js';
import { encodeHeader } from '../../core/recording/recording-payloads.js';
import type { Credentials } from '../../platform/aws/credentials.js';
import { Secret } from '../../platform/aws/secret.js';
import type { Clock } from '../clock.js';
import { nodeClock } from '../node-clock.js';
import { noJitter, RecordedLog } from '../fixtures/agent-host.fixture.js';
import type { DeliveryOrder, SpooledRecording } from '../record/delivery.js';
import { createDeliverer, type DelivererOptions } from './deliverer.js';
import { createEndpointDeliveries } from './endpoint-deliveries.js';
import { FakeAws } from './fake-aws.fixture.js';

export const SESSION = 'ecs-execute-command-0123456789abcdefg';
export const HEADER: RecordingHeader = {
  version: 1,
  sessionId: SESSION,
  target: 'ecs:demo_0123456789abcdef0123456789abcdef_0123456789abcdef0123456789abcdef-1234567890',
  taskArn: 'arn:aws:ecs:us-east-1:123456789012:task/demo/0123456789abcdef0123456789abcdef',
  containerName: 'app',
  owner: 'arn:aws:iam::123456789012:user/ann',
  sourceIp: '192.0.2.1',
  command: '/bin/sh',
  startedAt: Date.now() - 60_000,
  terminal: null,
  input: false,
};

export const credentialsOf = (accessKeyId: string, expires?: number) => (): Promise<Credentials> =>
  Promise.resolve({ accessKeyId, secretAccessKey: new Secret('s'), ...(expires !== undefined && { expires }) });

export function order(inputs: Partial<SessionInputs>, settings: Partial<RecordingSettings> = {}): DeliveryOrder {
  return {
    sessionId: SESSION,
    taskArn: HEADER.taskArn,
    owner: HEADER.owner,
    inputs: { ...NO_SESSION_INPUTS, ...inputs },
    settings: { ...DEFAULT_RECORDING, ...settings },
  };
}

const END: RecordingEvent = {
  kind: EventKind.End,
  time: 2_000_000,
  payload: Buffer.from(
    JSON.stringify({ exitCode: 0, reason: '', recovered: false, counts: { events: 2, bytes: 6, gaps: 0 } }),
  ),
};

export const shown = (text: string | Uint8Array, time = 1_000_000): RecordingEvent => ({
  kind: EventKind.Output,
  time,
  payload: Buffer.from(text as string),
});

export function spooled(of: DeliveryOrder, output: Iterable<RecordingEvent> = [shown('hello\n')]): SpooledRecording {
  return {
    order: of,
    header: HEADER,
    async *events() {
      yield await Promise.resolve({ kind: EventKind.Header, time: 0, payload: encodeHeader(HEADER) });
      yield* output;
      yield END;
    },
  };
}

/** A clock whose waits are so many times shorter. */
export function hurried(times = 100): Clock {
  return { now: () => nodeClock.now(), after: (ms, callback) => nodeClock.after(ms / times, callback) };
}

export async function setUp(changes: Partial<DelivererOptions> = {}) {
  const aws = new FakeAws();
  const endpointUrl = await aws.start();
  const directory = mkdtempSync(join(tmpdir(), 'gangway-delivery-'));
  const log = new RecordedLog();
  const host = { endpointUrl, region: 'us-east-1', credentials: credentialsOf('HOST') };
  const options: DelivererOptions = {
    ...host,
    endpoint: createEndpointDeliveries(host),
    directory: join(directory, 'copies'),
    clock: hurried(),
    random: noJitter,
    log,
    ...changes,
  };
  onTestFinished(async () => {
    await aws.stop();
    rmSync(directory, { recursive: true });
  });
  return { aws, log, options, deliverer: createDeliverer(options), endpointUrl };
}
