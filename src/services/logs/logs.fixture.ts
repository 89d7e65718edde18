import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudWatchLogsClient, CreateLogGroupCommand, CreateLogStreamCommand } from '@aws-sdk/client-cloudwatch-logs';
import { KMSClient } from '@aws-sdk/client-kms';
import { onTestFinished } from 'vitest';
import type { Authorization } from '../../platform/aws/access.js';
import { Endpoint } from '../../platform/aws/endpoint.js';
import { ROOT_KEY_BYTES, Sealer } from '../../platform/crypto/sealer.js';
import { openSqlite } from '../../platform/store/open-sqlite.js';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import { ManualTime } from '../ecs/ecs.fixture.js';
import { createIamDirectory, iamMigrations } from '../iam/iam-directory.js';
import { createKmsService, kmsMigrations } from '../kms/kms-service.js';
import { createLogsService, logsMigrations } from './logs-service.js';

const exec = promisify(execFile);

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';
export const ARN = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:`;

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A version 2 of the AWS CLI, which alone has `logs tail`; undefined when there is none. */
export async function cliWithTail(): Promise<string | undefined> {
  for (const command of ['aws', '/usr/bin/aws', '/usr/local/bin/aws']) {
    const found = await exec(command, ['--version']).catch(() => undefined);
    if (found?.stdout.startsWith('aws-cli/2') === true) return command;
  }
  return undefined;
}

export interface LogsOptions {
  readonly limits?: 'aws' | 'open';
  readonly authorization?: Authorization;
}

/** CloudWatch Logs and KMS behind a real endpoint, in a store that can be opened again. Time is manual unless real. */
export async function openLogs(options: LogsOptions & { readonly realTime?: boolean } = {}) {
  const path = join(temporaryDirectory(), 'logs.db');
  const rootKey = randomBytes(ROOT_KEY_BYTES);
  const time = new ManualTime();
  const clock = options.realTime === true ? Date.now : time.clock;
  const account = { accountId: ACCOUNT, region: REGION, partition: 'aws' };
  const random = (length: number): Uint8Array => randomBytes(length);

  async function start() {
    const database = openSqlite(path, [...iamMigrations, ...kmsMigrations, ...logsMigrations]);
    const sealer = new Sealer(rootKey);
    const iam = createIamDirectory({ database, accountId: ACCOUNT, partition: 'aws', clock: Date.now, random, sealer });
    const { user } = await iam.bootstrap();
    const shared = { database, sealer, clock, timers: time, ...account, log: silent };
    const kms = createKmsService({ ...shared, random });
    const logs = createLogsService({ ...shared, dataKeys: kms.dataKeys, limits: options.limits ?? 'aws' });
    await logs.start();
    const endpoint = new Endpoint({
      services: [kms.service, logs.service],
      routes: [],
      upgrades: [],
      accessKeys: iam.accessKeys,
      region: REGION,
      clock: Date.now,
      log: () => undefined,
      ...(options.authorization && { authorization: options.authorization }),
    });
    const { url } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
    const credentials = { accessKeyId: user.accessKeyId, secretAccessKey: user.secret.reveal() };
    const settings = { endpoint: url, region: REGION, credentials, maxAttempts: 1 };
    const [client, kmsClient] = [new CloudWatchLogsClient(settings), new KMSClient(settings)];
    return { database, logs, endpoint, url, credentials, client, kmsClient };
  }

  let running = await start();
  async function stop(): Promise<void> {
    running.client.destroy();
    running.kmsClient.destroy();
    await running.endpoint.close();
    await running.logs.stop();
    await running.database.close();
  }
  onTestFinished(stop);

  return {
    path,
    time,
    get now() {
      return running;
    },
    get client() {
      return running.client;
    },
    get kms() {
      return running.kmsClient;
    },
    async restart(): Promise<void> {
      await stop();
      running = await start();
    },
    /** Variables for a program that is to speak with this endpoint. */
    get environment() {
      return {
        PATH: process.env['PATH'],
        HOME: '/nonexistent',
        AWS_DEFAULT_REGION: REGION,
        AWS_ACCESS_KEY_ID: running.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: running.credentials.secretAccessKey,
        AWS_PAGER: '',
      };
    },
    /** A group with streams. */
    async group(logGroupName: string, ...streams: string[]): Promise<void> {
      await running.client.send(new CreateLogGroupCommand({ logGroupName }));
      for (const logStreamName of streams) {
        await running.client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
      }
    },
  };
}
