import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { IAMClient, type IAMClientConfig } from '@aws-sdk/client-iam';
import { onTestFinished } from 'vitest';
import type { Authorization } from '../../platform/aws/access.js';
import { Endpoint } from '../../platform/aws/endpoint.js';
import type { Operation } from '../../platform/aws/service.js';
import { ROOT_KEY_BYTES, Sealer } from '../../platform/crypto/sealer.js';
import { openSqlite } from '../../platform/store/open-sqlite.js';
import type { SqliteDatabase } from '../../platform/store/sqlite-database.js';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import { createStsService } from '../sts/sts-service.js';
import { createIamDirectory, type BootstrapUser, type IamDirectory, iamMigrations } from './iam-directory.js';

const exec = promisify(execFile);

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';

/** What a call gives; tests look into it freely. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Answer = any;

/** State that a second `openIam` can start from. */
export interface State {
  readonly path: string;
  readonly rootKey: Uint8Array;
}

export interface TestIam {
  readonly state: State;
  readonly database: SqliteDatabase;
  readonly iam: IamDirectory;
  readonly user: BootstrapUser;
  readonly url: string;
  /** Of the administrator. */
  readonly client: IAMClient;
  readonly clientOf: (key: { AccessKeyId?: string | undefined; SecretAccessKey?: string | undefined }) => IAMClient;
  /** What the AWS CLI prints, read as JSON; empty output is undefined. */
  readonly aws: (...args: string[]) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

/** IAM and STS behind a real endpoint. */
export async function openIam(
  state: State = { path: join(temporaryDirectory(), 'state.db'), rootKey: randomBytes(ROOT_KEY_BYTES) },
  options: {
    authorization?: Authorization;
    clock?: () => number;
    /** Operations of IAM beside those of the directory. */
    more?: (iam: IamDirectory) => readonly Operation[];
  } = {},
): Promise<TestIam> {
  const database = openSqlite(state.path, iamMigrations);
  const clock = options.clock ?? Date.now;
  const iam = createIamDirectory({
    database,
    accountId: ACCOUNT,
    partition: 'aws',
    clock,
    random: (length) => randomBytes(length),
    sealer: new Sealer(state.rootKey),
  });
  const { user } = await iam.bootstrap();
  const operations = [...iam.service.operations, ...(options.more?.(iam) ?? [])];
  const endpoint = new Endpoint({
    services: [{ ...iam.service, operations }, createStsService()],
    routes: [],
    upgrades: [],
    accessKeys: iam.accessKeys,
    region: REGION,
    clock: Date.now,
    log: () => undefined,
    ...(options.authorization && { authorization: options.authorization }),
  });
  const { url } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  const admin = { AccessKeyId: user.accessKeyId, SecretAccessKey: user.secret.reveal() };
  const clients: IAMClient[] = [];
  const clientOf: TestIam['clientOf'] = ({ AccessKeyId = '', SecretAccessKey = '' }) => {
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
    const configuration: IAMClientConfig = { endpoint: url, region: REGION, credentials, maxAttempts: 1 };
    const client = new IAMClient(configuration);
    clients.push(client);
    return client;
  };
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    for (const client of clients) client.destroy();
    await endpoint.close();
    await iam.close();
    await database.close();
  };
  onTestFinished(close);

  const aws = async (...args: string[]): Promise<Answer> => {
    const { stdout } = await exec('aws', ['--endpoint-url', url, ...args], {
      env: {
        PATH: process.env['PATH'],
        HOME: '/nonexistent',
        AWS_DEFAULT_REGION: REGION,
        AWS_ACCESS_KEY_ID: admin.AccessKeyId,
        AWS_SECRET_ACCESS_KEY: admin.SecretAccessKey,
        AWS_PAGER: '',
      },
    });
    return stdout.trim() === '' ? undefined : JSON.parse(stdout);
  };
  return { state, database, iam, user, url, client: clientOf(admin), clientOf, aws, close };
}

/** Rejects with code, status and text of what AWS would say. */
export async function failure(work: Promise<unknown>): Promise<{ code: string; status: number; message: string }> {
  try {
    await work;
  } catch (error) {
    const {
      Error: inner,
      name,
      message,
      $metadata,
    } = error as {
      Error?: { Code?: string };
      name: string;
      message: string;
      $metadata?: { httpStatusCode?: number };
    };
    return { code: inner?.Code ?? name, status: $metadata?.httpStatusCode ?? 0, message };
  }
  throw new Error('it did not fail');
}

export const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

/** A policy with about this many characters. */
export function policyOf(size = 0, action = 'ecs:ListClusters'): string {
  const statement = { Effect: 'Allow', Action: action, Resource: '*' };
  const document = (Sid: string): string =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ ...(Sid !== '' && { Sid }), ...statement }] });
  const missing = size - document('x').length + 1;
  return document('x'.repeat(Math.max(0, missing)));
}
