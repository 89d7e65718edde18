import { Secret } from '../../platform/aws/secret.js';
import type { AgentApi } from '../agent-api.js';
import { unescapeXml } from './unescape-xml.js';

/** The service answered, and not with a token. `body` is quoted in what users see, as AWS's agent does. */
export class ChannelRefused extends Error {
  override readonly name = 'ChannelRefused';
  readonly status: number;
  readonly body: string;

  constructor(operation: string, status: number, body: string) {
    super(`${operation} request failed: unexpected response from the service ${body}`);
    this.status = status;
    this.body = body;
  }
}

/**
 * CreateControlChannel or CreateDataChannel: asks for the token that the first frame must carry. The answer must be
 * 201 and XML, of which only `TokenValue` is read (wire-protocol 1.5). Throws {@link ChannelRefused}.
 */
export async function createChannel(
  api: AgentApi,
  operation: 'createControlChannel' | 'createDataChannel',
  path: string,
  body: Readonly<Record<string, string>>,
): Promise<Secret> {
  const response = await api.post(path, JSON.stringify(body));
  if (response.status !== 201) throw new ChannelRefused(operation, response.status, response.body);
  const token = /<TokenValue>([^<]+)<\/TokenValue>/.exec(response.body)?.[1];
  if (token === undefined) throw new ChannelRefused(operation, response.status, 'without TokenValue');
  return new Secret(unescapeXml(token));
}
