import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  CreateRoleCommand,
  DeleteRolePolicyCommand,
  DeleteRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { CreateActivationCommand, type CreateActivationRequest, SSMClient } from '@aws-sdk/client-ssm';
import { onTestFinished } from 'vitest';
import { AwsClient } from '../../../platform/aws/aws-client.js';
import type { AccessQuestion } from '../../../platform/aws/access.js';
import type { AuditRecord } from '../../../platform/aws/endpoint/audit-record.js';
import { Endpoint } from '../../../platform/aws/endpoint.js';
import { type RequestSigner, signInstanceRequest } from '../../../platform/aws/sign-request.js';
import { ROOT_KEY_BYTES, Sealer } from '../../../platform/crypto/sealer.js';
import { openSqlite } from '../../../platform/store/open-sqlite.js';
import { temporaryDirectory } from '../../../platform/store/temporary-directory.fixture.js';
import { createAuthorization } from '../../authorization/authorization.js';
import { createIamDirectory, iamMigrations } from '../../iam/iam-directory.js';
import { createServiceRoles } from '../../sts/service-roles.js';
import { stsMigrations } from '../../sts/sts-migrations.js';
import { createStsService } from '../../sts/sts-service.js';
import { eitherAccessKeys, StsSessions } from '../../sts/sts-sessions.js';
import { ssmError } from '../ssm-error.js';
import { managedInstanceMigrations } from './managed-instance-store.js';
import { createManagedInstances } from './managed-instances.js';

export const accountId = '111122223333';
export const region = 'eu-central-1';
export const FINGERPRINT = '0c4a0e0e-7f0c-4c39-9d4e-2f1b7c0d9a11';

/** Made once: an RSA key takes a while. */
export const [KEY, OTHER_KEY] = [0, 1].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey) as [
  KeyObject,
  KeyObject,
];

export const trust = (Service: string, more: object = {}): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole', ...more }],
  });

/** Systems Manager's activations with IAM and STS as they are in the whole; `time.ahead` moves the clock. */
export async function openManaged() {
  const database = openSqlite(join(temporaryDirectory(), 'state.db'), [
    ...iamMigrations,
    ...stsMigrations,
    ...managedInstanceMigrations,
  ]);
  const time = { ahead: 0 };
  const clock = () => Date.now() + time.ahead;
  const random = (length: number) => randomBytes(length);
  const account = { accountId, region, partition: 'aws' };
  const parts = { database, ...account, clock, random, sealer: new Sealer(randomBytes(ROOT_KEY_BYTES)) };
  const iam = createIamDirectory(parts);
  const { user } = await iam.bootstrap();
  const { principals } = iam;
  const sessions = new StsSessions(parts);
  const accessKeys = eitherAccessKeys(iam.accessKeys, sessions);
  const roles = createServiceRoles({ ...parts, principals, sessions });
  const managed = createManagedInstances({ ...parts, roles });
  const audited: AuditRecord[] = [];
  const asked: AccessQuestion[] = [];
  const door = createAuthorization({ principals, clock });
  const ssm = {
    ...{ name: 'ssm', protocol: 'json-1.1' as const, targetPrefix: 'AmazonSSM', version: '2014-11-06' },
    missingMember: (path: string) => ssmError.missing(path),
    operations: managed.operations,
  };
  const endpoint = new Endpoint({
    services: [ssm, iam.service, createStsService({ ...parts, principals, sessions, accessKeys })],
    ...{ routes: [], upgrades: [], accessKeys, instanceKeys: managed.instanceKeys, region, clock },
    log: () => undefined,
    audit: (record) => void audited.push(record),
    authorization: {
      require: (question, context) => {
        asked.push(question);
        return door.require(question, context);
      },
    },
  });
  const { url } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  const configuration = {
    ...{ endpoint: url, region, maxAttempts: 1 },
    credentials: { accessKeyId: user.accessKeyId, secretAccessKey: user.secret.reveal() },
  };
  const client = new SSMClient(configuration);
  const directory = new IAMClient(configuration);
  const opened: AwsClient[] = [];
  onTestFinished(async () => {
    for (const one of opened) one.close();
    client.destroy();
    directory.destroy();
    await endpoint.close();
    await iam.close();
    await database.close();
  });

  const signedBy =
    (signer: RequestSigner) =>
    async (operation: string, input: object): Promise<Record<string, unknown>> => {
      const made = new AwsClient({ endpoint: url, region, signer, attempts: 1, clock });
      opened.push(made);
      return (await made.json('ssm', 'AmazonSSM', operation, input)) as Record<string, unknown>;
    };
  const role = async (RoleName: string, may: object = {}, service = 'ssm.amazonaws.com', more: object = {}) => {
    await directory.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust(service, more) }));
    const Statement = [{ Effect: 'Allow', Action: 'ssm:UpdateInstanceInformation', Resource: '*', ...may }];
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await directory.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument }));
  };
  const dropRole = async (RoleName: string) => {
    await directory.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'p' }));
    await directory.send(new DeleteRoleCommand({ RoleName }));
  };
  const activate = async (more: Partial<CreateActivationRequest> = {}) => {
    const made = await client.send(new CreateActivationCommand({ IamRole: 'hosts', ...more }));
    return { ActivationId: made.ActivationId ?? '', ActivationCode: made.ActivationCode ?? '' };
  };
  return {
    ...{ url, client, directory, time, clock, audited, asked, role, dropRole, activate, user },
    /** A request that nobody signed. */
    unsigned: signedBy(({ headers }) => Promise.resolve({ ...headers })),
    /** Signed as a managed instance. */
    as: (instanceId: string, privateKey: KeyObject = KEY) =>
      signedBy((request) => Promise.resolve(signInstanceRequest({ ...request, instanceId, privateKey }))),
  };
}
