import { AwsError } from '../aws-error.js';
import type { HttpAnswer } from './http-exchange.js';

/** The output of a JSON 1.1 operation, or its AwsError thrown. */
export function readJsonAnswer(answer: HttpAnswer): unknown {
  const value = parse(answer.body);
  if (answer.status === 200 && value !== undefined) return value;
  throw readJsonError(answer, value);
}

/** Code and message as AWS's own clients find them (ecs-api 1.3). */
function readJsonError({ status, headers, body }: HttpAnswer, value: unknown): AwsError {
  const members = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const { __type, message, Message, ...rest } = members;
  const header = headers['x-amzn-errortype'];
  const type = typeof __type === 'string' ? __type : typeof header === 'string' ? header : undefined;
  const words = [message, Message].find((one) => typeof one === 'string');
  return new AwsError(codeOf(type) ?? `HTTP ${status}`, words ?? (value === undefined ? body.slice(0, 500) : ''), {
    status,
    fault: status >= 500 ? 'server' : 'client',
    members: rest,
  });
}

/** `com.amazonaws.ecs#ClusterNotFoundException:http://…` and every shorter form of it. */
function codeOf(type: string | undefined): string | undefined {
  return type?.split(':', 1)[0]?.split('#').at(-1);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}
