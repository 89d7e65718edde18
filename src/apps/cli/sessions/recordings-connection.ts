import { GANGWAY_SERVICE } from '../../../core/recording/recordings-api.js';
import { RecordingsClient } from '../../../client/recordings/recordings-client.js';
import { AwsClient } from '../../../platform/aws/aws-client.js';
import type { Connection } from '../connect.js';

/** Longer than the endpoint waits for the next byte of a live session. */
const TIMEOUT_MS = 30_000;

/** The records of the endpoint; undefined with AWS itself, which has none. */
export function recordingsOf(connection: Connection): RecordingsClient | undefined {
  const { region, credentials, ca } = connection;
  // Set for this service alone, or where the sessions are.
  const endpoint = [GANGWAY_SERVICE, 'ssm'].map(connection.endpoint).find((url) => !isAws(url));
  if (endpoint === undefined) return undefined;
  const client = new AwsClient({
    endpoint,
    region,
    credentials,
    timeoutMs: TIMEOUT_MS,
    ...(ca !== undefined && { ca }),
  });
  return new RecordingsClient((request, options) => client.rest(GANGWAY_SERVICE, request, options));
}

/** For a command that is nothing without records. */
export function requireRecordings(connection: Connection): RecordingsClient {
  const recordings = recordingsOf(connection);
  if (recordings === undefined) {
    throw new Error('AWS keeps no records of sessions: use the endpoint of a gangway up (--data or --endpoint-url).');
  }
  return recordings;
}

function isAws(url: string): boolean {
  return /\.(amazonaws\.com|amazonaws\.com\.cn|api\.aws)$/.test(new URL(url).hostname);
}
