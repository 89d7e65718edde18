import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { onTestFinished } from 'vitest';
import { createIam, createServices, migrations } from '../src/apps/services.js';
import { Endpoint } from '../src/platform/aws/endpoint.js';
import { ROOT_KEY_BYTES, Sealer } from '../src/platform/crypto/sealer.js';
import { openSqlite } from '../src/platform/store/open-sqlite.js';
import { temporaryDirectory } from '../src/platform/store/temporary-directory.fixture.js';

export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';

/** A whole endpoint without hosts, on a free port of loopback, and clients of its administrator; ends with the test. */
export async function accountEndpoint({ vpcEndpoints }: { readonly vpcEndpoints?: readonly string[] } = {}) {
  const directory = temporaryDirectory();
  const database = openSqlite(join(directory, 'state.db'), migrations);
  const sealer = new Sealer(randomBytes(ROOT_KEY_BYTES));
  const { user } = await createIam({ database, sealer, accountId: ACCOUNT }).bootstrap();
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const services = createServices({
    ...{ database, sealer, accountId: ACCOUNT, region: REGION },
    ...{ limits: 'aws', foreignKeys: false, liveSessions: 'keep' },
    vpcEndpoints,
    objectDirectory: join(directory, 's3'),
    log: () => silent,
  });
  await services.start();
  const endpoint = new Endpoint({ ...services.endpoint, log: () => undefined });
  const { url } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    await endpoint.close();
    await services.stop();
    await database.close();
  });
  const credentials = { accessKeyId: user.accessKeyId, secretAccessKey: user.secret.reveal() };
  const options = { endpoint: url, region: REGION, credentials, maxAttempts: 1 };
  return {
    url,
    credentials,
    services,
    cloudtrail: new CloudTrailClient(options),
    ecs: new ECSClient(options),
    iam: new IAMClient(options),
    kms: new KMSClient(options),
    logs: new CloudWatchLogsClient(options),
    s3: new S3Client({ ...options, forcePathStyle: true }),
    ssm: new SSMClient(options),
    sts: new STSClient(options),
  };
}
