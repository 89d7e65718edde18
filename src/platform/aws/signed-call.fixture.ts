import { longTerm, region } from './access-keys.fixture.js';
import { rawRequest, sendRaw } from './raw-http.fixture.js';
import type { RawAnswer } from './raw-http.fixture.js';
import { signRequest } from './sign-request.js';
import type { RequestToSign } from './sign-request.js';

/** How a request differs from a good one; `sent…` is what differs from what was signed. */
export type Changes = Partial<RequestToSign> & { sentBody?: string | Uint8Array; sentHeaders?: Record<string, string> };

export async function call(port: number, changes: Changes): Promise<RawAnswer> {
  const { sentBody, sentHeaders = {}, ...signing } = changes;
  const request = {
    method: 'POST',
    url: `http://127.0.0.1:${port}/`,
    service: 'ecs',
    region,
    credentials: longTerm,
    time: Date.now(),
    body: '{}',
    ...signing,
  };
  const url = new URL(request.url);
  const headers = { ...signRequest(request), ...sentHeaders };
  return sendRaw(
    port,
    ...rawRequest(`${request.method} ${url.pathname}${url.search}`, headers, sentBody ?? request.body),
  );
}

export function json(port: number, operation: string, body: string, changes: Changes = {}): Promise<RawAnswer> {
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `AmazonEC2ContainerServiceV20141113.${operation}`,
  };
  return call(port, { headers, body, ...changes });
}

export function query(port: number, body: string, changes: Changes = {}): Promise<RawAnswer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  return call(port, { headers, body, service: 'sts', ...changes });
}

export const header = (answer: RawAnswer, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)$`, 'im').exec(answer.head)?.[1]?.trim();
