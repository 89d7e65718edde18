import type { AwsError } from '../../platform/aws/aws-error.js';
import { alreadyExists, type LogGroupDescription, type LogsClient } from '../../platform/aws/logs-client.js';
import type { Log } from '../log.js';
import type { DeliveryOrder } from '../record/delivery.js';
import {
  BUCKET_NOT_ENCRYPTED,
  bucketNotValidated,
  GROUP_NOT_ENCRYPTED,
  groupNotValidated,
} from '../session/encryption-refusals.js';
import { SessionFailure } from '../session/session-failure.js';
import { failureText, isRefusal } from './delivery-failure.js';
import { destinationsOf, type Destinations } from './destinations.js';
import type { BucketEncryption, ObjectStore } from './object-store.js';

/** For all checks of a session together: it waits for them. */
export const CHECK_MS = 10_000;

export interface CheckOptions {
  readonly logs: LogsClient;
  readonly s3: ObjectStore;
  readonly log: Log;
}

/**
 * The checks before a session (wire-protocol 7.4), in AWS's order and words. Where the session must be recorded, a
 * group or bucket that certainly cannot take its record refuses it too, in words of ours: the stream of the group is
 * made now, and an object is sent with a digest that is not its own, which S3 refuses after the permission to write it.
 * What does not answer refuses only where its encryption had to be seen. Rejects with a {@link SessionFailure}.
 */
export async function checkDestinations(order: DeliveryOrder, options: CheckOptions): Promise<void> {
  const destinations = destinationsOf(order.sessionId, order.inputs);
  const signal = AbortSignal.timeout(CHECK_MS);
  const s3 = checkBucket(order, destinations.s3, options, signal);
  // Awaited below, after the group's: its refusal comes first, as at AWS.
  s3.catch(() => undefined);
  await checkGroup(order, destinations.logs, options, signal);
  await s3;
}

async function checkGroup(
  order: DeliveryOrder,
  destination: Destinations['logs'],
  { logs, log }: CheckOptions,
  signal: AbortSignal,
): Promise<void> {
  if (destination === undefined) return;
  const { sessionId, inputs, settings } = order;
  const { group, stream } = destination;
  const encrypted = inputs.cloudWatchEncryptionEnabled;
  const name = `CloudWatch Logs log group "${group}"`;
  let found: LogGroupDescription | undefined;
  try {
    found = await logs.findLogGroup(group, { signal });
  } catch (error) {
    if (encrypted) throw refusal(isRefusal(error) ? GROUP_NOT_ENCRYPTED : groupNotValidated(failureText(error)));
    if (!isRefusal(error)) {
      unanswered(order, log, group, error);
      return;
    }
    if (settings.record === 'required') throw mustBeRecorded(`${name} cannot be read`, error);
    log.warn({ sessionId, cloudWatchLogGroupName: group, reason: failureText(error) }, 'session is not logged');
    return;
  }
  if (encrypted && found?.kmsKeyId === undefined) throw refusal(GROUP_NOT_ENCRYPTED);
  if (found === undefined) {
    if (settings.record === 'required') throw mustBeRecorded(`${name} does not exist`);
    const reason = 'the log group does not exist';
    log.warn({ sessionId, cloudWatchLogGroupName: group, reason }, 'session is not logged');
    return;
  }
  if (settings.record !== 'required') return;
  try {
    await logs.createLogStream(group, stream, { signal });
  } catch (error) {
    if (alreadyExists(error)) return;
    if (isRefusal(error)) throw mustBeRecorded(`${name} cannot be written to`, error);
    unanswered(order, log, group, error);
  }
}

async function checkBucket(
  order: DeliveryOrder,
  destination: Destinations['s3'],
  { s3, log }: CheckOptions,
  signal: AbortSignal,
): Promise<void> {
  if (destination === undefined) return;
  const { inputs, settings } = order;
  const { bucket, transcriptKey: key } = destination;
  let encryption: BucketEncryption | undefined;
  if (inputs.s3EncryptionEnabled) {
    try {
      encryption = await s3.encryption(bucket, signal);
    } catch (error) {
      throw refusal(bucketNotValidated(failureText(error)));
    }
    if (encryption?.algorithm !== 'aws:kms' && encryption?.algorithm !== 'AES256') throw refusal(BUCKET_NOT_ENCRYPTED);
  }
  if (settings.record !== 'required') return;
  try {
    await s3.tryToPut({ bucket, key, contentType: 'text/plain', encryption }, signal);
  } catch (error) {
    if (!isRefusal(error)) {
      unanswered(order, log, bucket, error);
      return;
    }
    const missing = error.code === 'NoSuchBucket';
    const name = `Amazon S3 bucket "${bucket}"`;
    throw missing ? mustBeRecorded(`${name} does not exist`) : mustBeRecorded(`${name} cannot be written to`, error);
  }
}

function unanswered({ sessionId }: DeliveryOrder, log: Log, target: string, error: unknown): void {
  log.warn(
    { sessionId, target, reason: failureText(error) },
    'a target of the record does not answer: it waits for it',
  );
}

function mustBeRecorded(what: string, error?: AwsError): SessionFailure {
  const why = error === undefined ? '' : `: ${failureText(error)}`;
  return refusal(`Couldn't start the session because it must be recorded, and ${what}${why}`, error);
}

function refusal(text: string, cause?: unknown): SessionFailure {
  return new SessionFailure(text, { bare: true, cause });
}
