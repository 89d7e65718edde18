import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../connect.js';
import { requireRecordings } from '../sessions/recordings-connection.js';

export const LOG_GROUP = '/gangway/demo';
export const BUCKET = 'gangway-demo-records';
export const PREFIX = 'demo';
/** From the end of the session to the copies of its record. */
const DELIVERY_TIMEOUT_MS = 30_000;
const POLL_MS = 200;

/** The group, encrypted with the key, and the bucket that sessions are to be recorded in. */
export async function createDestinations({ call, rest }: Connection, kmsKeyId: string): Promise<void> {
  await call('logs', 'CreateLogGroup', { logGroupName: LOG_GROUP, kmsKeyId });
  const created = await rest('s3', { method: 'PUT', path: `/${BUCKET}`, headers: {} });
  if (created.status !== 200) throw new Error(`the bucket was not created: ${created.body}`);
}

/** What the key's policy must say for a log group to use it, as on AWS, beside what makes IAM policies count. */
export function keyPolicy(region: string, account: string): string {
  const statement = (Principal: object, Action: string[]) => ({ Effect: 'Allow', Principal, Action, Resource: '*' });
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      statement({ AWS: `arn:aws:iam::${account}:root` }, ['kms:*']),
      statement({ Service: `logs.${region}.amazonaws.com` }, ['kms:GenerateDataKey*', 'kms:Decrypt*', 'kms:Describe*']),
    ],
  });
}

/** Where the copies of a session's record are, when they are there; and what one of them says. */
export async function deliveredRecord(
  connection: Connection,
  sessionId: string,
): Promise<{ readonly places: readonly string[]; readonly transcript: string }> {
  const recordings = requireRecordings(connection);
  const deadline = Date.now() + DELIVERY_TIMEOUT_MS;
  for (;;) {
    const deliveries = (await recordings.summary(sessionId).catch(() => undefined))?.deliveries ?? [];
    const open = deliveries.filter(({ status }) => status !== 'delivered');
    if (deliveries.length > 0 && open.length === 0) {
      const path = `/${BUCKET}/${PREFIX}/${sessionId}.log`;
      const { body } = await connection.rest('s3', { method: 'GET', path, headers: {} });
      return { places: deliveries.map(({ place }) => place), transcript: body };
    }
    if (Date.now() > deadline) {
      const why = open.map(({ place, reason = 'no answer yet' }) => `${place}: ${reason}`).join('; ');
      throw new Error(`the record is not delivered after ${DELIVERY_TIMEOUT_MS / 1000} seconds. ${why}`.trim());
    }
    await sleep(POLL_MS);
  }
}
