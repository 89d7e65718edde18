import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ECSClient } from '@aws-sdk/client-ecs';
import { onTestFinished } from 'vitest';
import { Endpoint } from '../../platform/aws/endpoint.js';
import { ROOT_KEY_BYTES, Sealer } from '../../platform/crypto/sealer.js';
import { openSqlite } from '../../platform/store/open-sqlite.js';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import { createIamDirectory, iamMigrations } from '../iam/iam-directory.js';
import { createStsService } from '../sts/sts-service.js';
import { ACCOUNT, openEcs, REGION, type Answer } from './ecs.fixture.js';

/** The CLI takes a second for each command, and several where the machine is busy. */
export const CLI_LIMIT_MS = 180_000;

const exec = promisify(execFile);

/** ECS and STS behind a real endpoint, with the account's first user. */
export async function openClients() {
  const it = openEcs();
  await it.ecs.start();
  const database = openSqlite(join(temporaryDirectory(), 'iam.db'), iamMigrations);
  const iam = createIamDirectory({
    database,
    accountId: ACCOUNT,
    partition: 'aws',
    clock: Date.now,
    random: (length) => randomBytes(length),
    sealer: new Sealer(randomBytes(ROOT_KEY_BYTES)),
  });
  const { user } = await iam.bootstrap();
  const endpoint = new Endpoint({
    services: [it.ecs.service, createStsService()],
    routes: [],
    upgrades: it.ecs.upgrades,
    accessKeys: iam.accessKeys,
    region: REGION,
    clock: Date.now,
    log: () => undefined,
  });
  const { url } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  const credentials = { accessKeyId: user.accessKeyId, secretAccessKey: user.secret.reveal() };
  const configuration = { endpoint: url, region: REGION, credentials, maxAttempts: 1 };
  const client = new ECSClient(configuration);
  onTestFinished(async () => {
    client.destroy();
    await endpoint.close();
    await database.close();
  });

  /** What the AWS CLI prints, read as JSON; empty output is undefined. */
  async function aws(...args: string[]): Promise<Answer> {
    // An option, not AWS_ENDPOINT_URL: versions before 2.13 do not read it.
    const { stdout } = await exec('aws', ['--endpoint-url', url, ...args], {
      env: {
        PATH: process.env['PATH'],
        HOME: '/nonexistent',
        AWS_DEFAULT_REGION: REGION,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_PAGER: '',
      },
    });
    return stdout.trim() === '' ? undefined : JSON.parse(stdout);
  }
  return { it, client, configuration, user, aws };
}

export const hasCli = await exec('aws', ['--version']).then(
  () => true,
  () => false,
);
