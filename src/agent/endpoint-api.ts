import { AwsClient } from '../platform/aws/aws-client.js';
import type { Credentials } from '../platform/aws/credentials.js';
import type { Dial } from '../platform/aws/message-socket.js';
import type { AgentApi } from './agent-api.js';

const ECS_TARGET_PREFIX = 'AmazonEC2ContainerServiceV20141113';

export interface EndpointApiOptions {
  /** Base URL, for example `http://127.0.0.1:4580`. */
  readonly endpointUrl: string;
  readonly region: string;
  /** Of the host; asked before every request, so that they can be renewed. */
  readonly credentials: () => Promise<Credentials>;
  /** The network's, or the endpoint's own when both are in one process. */
  readonly dial: Dial;
  /** PEM certificates to trust beside the usual ones. */
  readonly ca?: string;
}

/** The endpoint over signed requests. One attempt each: whoever asks has its own way of trying again. */
export function createEndpointApi(options: EndpointApiOptions): AgentApi {
  const { endpointUrl: endpoint, region, credentials, dial, ca } = options;
  const client = new AwsClient({ endpoint, region, credentials, attempts: 1, ...(ca === undefined ? {} : { ca }) });
  return {
    async ecs(action, input) {
      const output = await client.json('ecs', ECS_TARGET_PREFIX, action, input);
      return (output ?? {}) as Readonly<Record<string, unknown>>;
    },
    post: (path, body) => client.rest('ssmmessages', { method: 'POST', path, body }),
    connect: (service, pathAndQuery) => client.connect(dial, service, pathAndQuery),
  };
}
