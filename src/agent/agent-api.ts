import type { MessageSocket } from '../platform/aws/message-socket.js';

/** Status and body of a REST answer, whatever the status. */
export interface ApiResponse {
  readonly status: number;
  readonly body: string;
}

/**
 * What the agent asks of its endpoint; every request is signed. Calls reject when the endpoint cannot be reached;
 * `ecs` also rejects, with an `AwsError`, when it answers with an error.
 */
export interface AgentApi {
  /** An ECS action (JSON 1.1), for example `SubmitTaskStateChange`. */
  ecs(action: string, input: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>;
  /** POST of a JSON body to the message gateway. The path goes out as written: a target's colon stays a colon. */
  post(path: string, body: string): Promise<ApiResponse>;
  /** Opens a WebSocket; `pathAndQuery` goes out as written. */
  connect(service: 'ecs' | 'ssmmessages', pathAndQuery: string): Promise<MessageSocket>;
}
