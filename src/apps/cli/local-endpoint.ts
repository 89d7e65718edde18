import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { quoteWord } from '../../client/quote-command.js';
import { dataDirectory } from './data-directory.js';

/** What a running `gangway up` leaves in its data directory for the other commands. */
export interface LocalEndpoint {
  /** Base URL, no trailing slash. */
  readonly url: string;
  readonly region: string;
  readonly pid: number;
  /** Certificates to trust, a PEM file, when the endpoint has TLS with a certificate of its own. */
  readonly caFile?: string;
  /** URL of the KMS that sessions' keys are with, or `aws`; absent: the endpoint itself. */
  readonly kms?: string;
  /** Proxy for clients that go to AWS's own names of KMS, and the PEM file they must trust. */
  readonly kmsProxy?: { readonly url: string; readonly caFile: string };
}

const FILE = 'endpoint.json';

/** An access key in the file format of the AWS programs, profile `default`. */
export function credentialsFile(directory: string): string {
  return join(directory, 'credentials');
}

/** Replaces a file at once, readable by its owner only. */
function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, path);
}

export function writeLocalEndpoint(directory: string, endpoint: LocalEndpoint): void {
  replaceFile(join(directory, FILE), `${JSON.stringify(endpoint)}\n`);
}

export function writeCredentials(directory: string, key: { accessKeyId: string; secretAccessKey: string }): void {
  replaceFile(
    credentialsFile(directory),
    `[default]\naws_access_key_id = ${key.accessKeyId}\naws_secret_access_key = ${key.secretAccessKey}\n`,
  );
}

export function removeLocalEndpoint(directory: string): void {
  rmSync(join(directory, FILE), { force: true });
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process, but a process.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Undefined when no `gangway up` runs on this directory. */
export function readLocalEndpoint(directory: string): LocalEndpoint | undefined {
  let text: string;
  try {
    text = readFileSync(join(directory, FILE), 'utf8');
  } catch {
    return undefined;
  }
  try {
    const endpoint = JSON.parse(text) as LocalEndpoint;
    return typeof endpoint.url === 'string' && Number.isInteger(endpoint.pid) && alive(endpoint.pid)
      ? endpoint
      : undefined;
  } catch {
    return undefined;
  }
}

/** The same, but throws, with the remedy, when none runs. */
export function runningEndpoint(directory: string): LocalEndpoint {
  const endpoint = readLocalEndpoint(directory);
  if (endpoint !== undefined) return endpoint;
  const option = directory === dataDirectory(undefined) ? '' : ` --data ${quoteWord(directory)}`;
  throw new Error(`nothing runs on ${directory}: start it with 'gangway up${option}'`);
}

/** The access key that `gangway up` made. Throws when there is none. */
export function readCredentials(directory: string): { accessKeyId: string; secretAccessKey: string } {
  const text = readFileSync(credentialsFile(directory), 'utf8');
  const value = (name: string): string | undefined => new RegExp(`^${name} *= *(\\S+)$`, 'm').exec(text)?.[1];
  const accessKeyId = value('aws_access_key_id');
  const secretAccessKey = value('aws_secret_access_key');
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new Error(`${credentialsFile(directory)} has no access key`);
  }
  return { accessKeyId, secretAccessKey };
}
