import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { KMSClient } from '@aws-sdk/client-kms';
import { onTestFinished } from 'vitest';
import type { Authorization } from '../../platform/aws/access.js';
import { Endpoint } from '../../platform/aws/endpoint.js';
import { ROOT_KEY_BYTES, Sealer } from '../../platform/crypto/sealer.js';
import { openSqlite } from '../../platform/store/open-sqlite.js';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import { ManualTime } from '../ecs/ecs.fixture.js';
import { createIamDirectory, iamMigrations } from '../iam/iam-directory.js';
import { createKmsService, kmsMigrations } from './kms-service.js';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';
export const ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:`;

/** KMS behind a real endpoint, with the account's first user, manual time and a store that can be opened again. */
export async function openKms(options: { authorization?: Authorization; dataKeyAuthorization?: Authorization } = {}) {
  const path = join(temporaryDirectory(), 'kms.db');
  const rootKey = randomBytes(ROOT_KEY_BYTES);
  const time = new ManualTime();
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const { authorization, dataKeyAuthorization } = options;

  async function start() {
    const database = openSqlite(path, [...iamMigrations, ...kmsMigrations]);
    const iam = createIamDirectory({
      database,
      accountId: ACCOUNT,
      partition: 'aws',
      clock: Date.now,
      random: (length) => randomBytes(length),
      sealer: new Sealer(rootKey),
    });
    const { user } = await iam.bootstrap();
    const kms = createKmsService({
      database,
      sealer: new Sealer(rootKey),
      clock: time.clock,
      timers: time,
      random: (length) => randomBytes(length),
      accountId: ACCOUNT,
      region: REGION,
      partition: 'aws',
      log: silent,
      ...(authorization && { authorization }),
      ...(dataKeyAuthorization && { dataKeyAuthorization }),
    });
    await kms.start();
    const endpoint = new Endpoint({
      services: [kms.service],
      routes: [],
      upgrades: [],
      accessKeys: iam.accessKeys,
      region: REGION,
      clock: Date.now,
      log: () => undefined,
      ...(authorization && { authorization }),
    });
    const { url } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
    const credentials = { accessKeyId: user.accessKeyId, secretAccessKey: user.secret.reveal() };
    const client = new KMSClient({ endpoint: url, region: REGION, credentials, maxAttempts: 1 });
    return { database, kms, endpoint, url, credentials, client };
  }

  let running = await start();
  async function stop(): Promise<void> {
    running.client.destroy();
    await running.endpoint.close();
    await running.kms.stop();
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
    async restart(): Promise<void> {
      await stop();
      running = await start();
    },
  };
}
