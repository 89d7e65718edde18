import { GANGWAY_SERVICE, RECORDINGS_PATH, type Delivery } from '../../core/recording/recordings-api.js';
import type { Credentials } from '../../platform/aws/credentials.js';
import { readJsonAnswer } from '../../platform/aws/outgoing/json-answer.js';
import { Secret } from '../../platform/aws/secret.js';
import { type EndpointAccess, endpointClient } from '../endpoint-access.js';

/** What a delivery asks of the endpoint; signed as the host. Rejects with an AwsError, or the system's error. */
export interface EndpointDeliveries {
  report(sessionId: string, delivery: Delivery, signal: AbortSignal): Promise<void>;
  /** Of the role of the session's task, also when the task is gone. */
  roleCredentials(sessionId: string, signal?: AbortSignal): Promise<Credentials>;
}

/** As the host. */
export function createEndpointDeliveries(access: EndpointAccess): EndpointDeliveries {
  const client = endpointClient(access);
  async function post(sessionId: string, what: string, body: unknown, signal?: AbortSignal): Promise<unknown> {
    const path = `${RECORDINGS_PATH}/${encodeURIComponent(sessionId)}/${what}`;
    const request = { method: 'POST', path, body: JSON.stringify(body) };
    return readJsonAnswer(await client.rest(GANGWAY_SERVICE, request, signal && { signal }));
  }
  return {
    async report(sessionId, delivery, signal) {
      await post(sessionId, 'deliveries', delivery, signal);
    },
    async roleCredentials(sessionId, signal) {
      const answer = (await post(sessionId, 'credentials', {}, signal)) as Readonly<Record<string, unknown>> | null;
      const { accessKeyId, secretAccessKey, sessionToken, expiration } = answer ?? {};
      if (
        typeof accessKeyId !== 'string' ||
        typeof secretAccessKey !== 'string' ||
        typeof sessionToken !== 'string' ||
        typeof expiration !== 'string'
      ) {
        throw new Error('the endpoint answered without credentials of the task role');
      }
      return {
        accessKeyId,
        secretAccessKey: new Secret(secretAccessKey),
        sessionToken: new Secret(sessionToken),
        expires: Date.parse(expiration),
      };
    },
  };
}
