import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import type { AuditRecord } from '../../platform/aws/endpoint/audit-record.js';
import { Endpoint } from '../../platform/aws/endpoint.js';
import type { RequestEvent } from '../../platform/aws/endpoint/request-event.js';
import { ROOT_KEY_BYTES, Sealer } from '../../platform/crypto/sealer.js';
import { openSqlite } from '../../platform/store/open-sqlite.js';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import { createAuthorization } from '../authorization/authorization.js';
import { ManualTime } from '../ecs/ecs.fixture.js';
import { createIamDirectory, iamMigrations } from '../iam/iam-directory.js';
import { createKmsService, kmsMigrations } from '../kms/kms-service.js';
import { createS3Service, s3Migrations } from './s3-service.js';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';

export interface TestCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** S3, with KMS and IAM beside it, behind a real endpoint; on a state that can be opened again. */
export async function openS3(
  options: { region?: string; maxPages?: number; directory?: string; time?: ManualTime } = {},
) {
  const {
    region = REGION,
    directory = mkdtempSync(join(temporaryDirectory(), 's3-')),
    time = new ManualTime(),
  } = options;
  const rootKey = randomBytes(ROOT_KEY_BYTES);
  const random = (length: number): Uint8Array => randomBytes(length);
  const account = { accountId: ACCOUNT, region, partition: 'aws' };
  const events: RequestEvent[] = [];
  const audited: AuditRecord[] = [];
  const logged: { fields: object; message: string }[] = [];
  const note = (fields: object, message: string): void => void logged.push({ fields, message });
  const log = { info: note, warn: note, error: note };

  async function start() {
    const database = openSqlite(join(directory, 'state.db'), [...iamMigrations, ...kmsMigrations, ...s3Migrations]);
    const sealer = new Sealer(rootKey);
    const iam = createIamDirectory({ database, accountId: ACCOUNT, partition: 'aws', clock: Date.now, random, sealer });
    const { user } = await iam.bootstrap();
    const authorization = createAuthorization({ principals: iam.principals, clock: Date.now });
    const { clock } = time;
    const kms = createKmsService({
      ...{ database, sealer, clock, timers: time, random, ...account, log },
      dataKeyAuthorization: authorization,
    });
    const s3 = createS3Service({
      ...{ database, sealer, clock, timers: time, random, ...account, log, authorization },
      directory: join(directory, 's3'),
      dataKeys: kms.dataKeys,
    });
    await kms.start();
    await s3.start();
    const endpoint = new Endpoint({
      services: [iam.service, kms.service],
      routes: [],
      upgrades: [],
      streamed: [s3.streamed],
      accessKeys: iam.accessKeys,
      region,
      clock: Date.now,
      log: (event) => events.push(event),
      audit: (record) => audited.push(record),
      authorization,
    });
    const { url, port } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
    const credentials = { accessKeyId: user.accessKeyId, secretAccessKey: user.secret.reveal() };
    return { database, iam, s3, kms, endpoint, url, port, credentials };
  }

  let running = await start();
  const clients: { destroy(): void }[] = [];
  async function stop(): Promise<void> {
    for (const client of clients.splice(0)) client.destroy();
    await running.endpoint.close();
    await running.s3.stop();
    await running.kms.stop();
    await running.iam.close();
    await running.database.close();
  }
  onTestFinished(stop);

  const configuration = (credentials: TestCredentials = running.credentials) => ({
    ...{ endpoint: running.url, region, credentials, maxAttempts: 1 },
  });

  return {
    directory,
    files: join(directory, 's3', 'files'),
    time,
    events,
    audited,
    logged,
    get now() {
      return running;
    },
    client(credentials?: TestCredentials, more: S3ClientConfig = {}): S3Client {
      const client = new S3Client({ ...configuration(credentials), forcePathStyle: true, ...more });
      clients.push(client);
      return client;
    },
    kmsClient(credentials?: TestCredentials): KMSClient {
      const client = new KMSClient(configuration(credentials));
      clients.push(client);
      return client;
    },
    /** A user with one policy. */
    async user(name: string, statements: readonly object[]): Promise<TestCredentials> {
      const iam = new IAMClient(configuration());
      clients.push(iam);
      await iam.send(new CreateUserCommand({ UserName: name }));
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements });
      await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'test', PolicyDocument }));
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
      return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
    },
    async restart(): Promise<void> {
      await stop();
      running = await start();
    },
  };
}

export type OpenS3 = Awaited<ReturnType<typeof openS3>>;
