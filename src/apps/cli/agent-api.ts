import type { AgentApi } from '../../agent/agent-api.js';
import { AwsClient } from '../../platform/aws/aws-client.js';
import type { Credentials } from '../../platform/aws/credentials.js';
import type { Dial } from '../../platform/aws/message-socket.js';
import { TARGET_PREFIX } from './target-prefix.js';

export interface AgentApiOptions {
  /** Base URL. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: () => Promise<Credentials>;
  readonly dial: Dial;
  /** PEM certificates to trust beside the usual ones. */
  readonly ca?: string;
}

/** What an agent asks of its endpoint, signed with the host's credentials. */
export function createAgentApi(options: AgentApiOptions): AgentApi {
  const { dial, ...clientOptions } = options;
  const client = new AwsClient({ ...clientOptions, userAgent: 'gangway-agent' });
  return {
    ecs: (action, input) =>
      client.json('ecs', TARGET_PREFIX.ecs, action, input) as Promise<Readonly<Record<string, unknown>>>,
    post: (path, body) => client.rest('ssmmessages', { method: 'POST', path, body }),
    connect: (service, pathAndQuery) => client.connect(dial, service, pathAndQuery),
  };
}
