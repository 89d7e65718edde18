import type { Dial } from '../platform/aws/message-socket.js';
import type { AgentApi } from './agent-api.js';
import { type EndpointAccess, endpointClient } from './endpoint-access.js';

const ECS_TARGET_PREFIX = 'AmazonEC2ContainerServiceV20141113';

export interface EndpointApiOptions extends EndpointAccess {
  /** The network's, or the endpoint's own when both are in one process. */
  readonly dial: Dial;
}

/** The endpoint over signed requests. */
export function createEndpointApi(options: EndpointApiOptions): AgentApi {
  const { dial, ...access } = options;
  const client = endpointClient(access);
  return {
    async ecs(action, input) {
      const output = await client.json('ecs', ECS_TARGET_PREFIX, action, input);
      return (output ?? {}) as Readonly<Record<string, unknown>>;
    },
    post: (path, body) => client.rest('ssmmessages', { method: 'POST', path, body }),
    connect: (service, pathAndQuery) => client.connect(dial, service, pathAndQuery),
  };
}
