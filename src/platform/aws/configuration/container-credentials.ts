import { readFile } from 'node:fs/promises';
import { Secret } from '../secret.js';
import type { Credentials } from '../credentials.js';
import { CredentialsError } from './credentials-error.js';

type Environment = Readonly<Record<string, string | undefined>>;

const TIMEOUT_MS = 5_000;
const MAX_ANSWER_LENGTH = 64 * 1024;
const LOOPBACK = /^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/;

/**
 * What `AWS_CONTAINER_CREDENTIALS_FULL_URI` gives: credentials of the task's role. Undefined when it is not set. Only
 * loopback hosts are asked, and no redirect is followed. Throws {@link CredentialsError}.
 */
export async function containerCredentials(environment: Environment): Promise<Credentials | undefined> {
  const address = environment['AWS_CONTAINER_CREDENTIALS_FULL_URI'];
  if (address === undefined || address === '') return undefined;
  if (!URL.canParse(address)) throw failed('is not a URL');
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw failed('must be http or https');
  if (!LOOPBACK.test(url.hostname)) throw failed(`leads to ${url.hostname}; only loopback hosts are asked`);
  const authorization = await authorizationOf(environment);
  let text: string;
  try {
    const response = await fetch(url, {
      headers: { Accept: 'application/json', ...(authorization !== undefined && { Authorization: authorization }) },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await response.text();
    if (!response.ok) throw failed(`answered with HTTP ${response.status}`);
  } catch (error) {
    if (error instanceof CredentialsError) throw error;
    throw failed(`cannot be reached: ${(error as Error).message}`);
  }
  return credentialsIn(text);
}

/** The file comes first, as in AWS's tools. */
async function authorizationOf(environment: Environment): Promise<string | undefined> {
  const path = environment['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
  let token = environment['AWS_CONTAINER_AUTHORIZATION_TOKEN'];
  if (path !== undefined && path !== '') {
    try {
      token = (await readFile(path, 'utf8')).trim();
    } catch (error) {
      throw new CredentialsError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
    }
  }
  if (token !== undefined && /[\r\n]/.test(token)) throw failed('has an authorization token of more than one line');
  return token === '' ? undefined : token;
}

function credentialsIn(text: string): Credentials {
  let answer: unknown;
  try {
    answer = text.length > MAX_ANSWER_LENGTH ? undefined : JSON.parse(text);
  } catch {
    answer = undefined;
  }
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = (answer ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof AccessKeyId !== 'string' || typeof SecretAccessKey !== 'string') throw failed('gave no credentials');
  const expires = Date.parse(String(Expiration));
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: new Secret(SecretAccessKey),
    ...(typeof Token === 'string' && { sessionToken: new Secret(Token) }),
    ...(Number.isFinite(expires) && { expires }),
  };
}

function failed(what: string): CredentialsError {
  return new CredentialsError(`AWS_CONTAINER_CREDENTIALS_FULL_URI ${what}`);
}
