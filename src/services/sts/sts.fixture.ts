import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, type AssumeRoleRequest, type Credentials, STSClient } from '@aws-sdk/client-sts';
import { onTestFinished } from 'vitest';
import { Endpoint } from '../../platform/aws/endpoint.js';
import type { Upgrade } from '../../platform/aws/service.js';
import { ROOT_KEY_BYTES, Sealer } from '../../platform/crypto/sealer.js';
import { openSqlite } from '../../platform/store/open-sqlite.js';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import { createAuthorization } from '../authorization/authorization.js';
import { createIamDirectory, iamMigrations } from '../iam/iam-directory.js';
import { createSimulation } from '../simulation/simulation.js';
import { stsMigrations } from './sts-migrations.js';
import { createStsService } from './sts-service.js';
import { eitherAccessKeys, StsSessions } from './sts-sessions.js';

export const accountId = '111122223333';
export const region = 'eu-central-1';
export const UserName = 'bea';
export const BEA = `arn:aws:iam::${accountId}:user/${UserName}`;
export const RoleSessionName = 'work';

export const roleArn = (name: string) => `arn:aws:iam::${accountId}:role/${name}`;
export const policy = (Action: string | string[], more: object = { Resource: '*' }) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, ...more }] });
export const trust = (AWS: string | string[], more: object = {}) =>
  policy(['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'], { Principal: { AWS }, ...more });

/** IAM, STS, the door and one WebSocket route as they are in the whole; `time.ahead` moves everybody's clock. */
export async function openSts() {
  const database = openSqlite(join(temporaryDirectory(), 'state.db'), [...iamMigrations, ...stsMigrations]);
  const time = { ahead: 0 };
  const clock = () => Date.now() + time.ahead;
  const parts = {
    ...{ database, accountId, partition: 'aws', clock },
    ...{ random: (length: number) => randomBytes(length), sealer: new Sealer(randomBytes(ROOT_KEY_BYTES)) },
  };
  const iam = createIamDirectory(parts);
  const { user } = await iam.bootstrap();
  const { principals } = iam;
  const sessions = new StsSessions(parts);
  const accessKeys = eitherAccessKeys(iam.accessKeys, sessions);
  const upgrades: Upgrade[] = [];
  /** Operation and ARN of whoever signed, of each request that was answered well, in order. */
  const answered: string[] = [];
  const operations = [...iam.service.operations, ...createSimulation({ ...parts, principals })];
  const endpoint = new Endpoint({
    services: [{ ...iam.service, operations }, createStsService({ ...parts, principals, sessions, accessKeys })],
    ...{ routes: [], accessKeys, region, clock },
    log: ({ status, operation, principal }) => {
      if (status === 200) answered.push(`${operation} ${principal ?? ''}`);
    },
    upgrades: [
      {
        ...{ path: /^\/v1\/control-channel\/[^/]+$/, service: 'ssmmessages', allowUnsigned: false },
        access: () => [{ action: 'ssmmessages:OpenControlChannel', resources: [{ arn: '*' }] }],
        accept: (upgrade, socket) => {
          upgrades.push(upgrade);
          socket.handlers = { message: (data) => socket.send(data), close: () => undefined };
        },
      },
    ],
    authorization: createAuthorization({ principals, clock }),
  });
  const { url } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    await endpoint.close();
    await iam.close();
    await database.close();
  });
  const configuration = (key: Partial<Credentials>) => ({
    ...{ endpoint: url, region, maxAttempts: 1, systemClockOffset: time.ahead },
    credentials: {
      ...{ accessKeyId: key.AccessKeyId ?? '', secretAccessKey: key.SecretAccessKey ?? '' },
      ...(key.SessionToken !== undefined && { sessionToken: key.SessionToken }),
    },
  });
  const iamOf = (key: Partial<Credentials>) => new IAMClient(configuration(key));
  const stsOf = (key: Partial<Credentials>) => new STSClient(configuration(key));
  const admin = iamOf({ AccessKeyId: user.accessKeyId, SecretAccessKey: user.secret.reveal() });
  await admin.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await admin.send(new CreateAccessKeyCommand({ UserName }));
  const bea = AccessKey as { AccessKeyId: string; SecretAccessKey: string };

  /** Makes a role, with what it may where that is given, and gives its ARN. */
  const role = async (RoleName: string, trustPolicy: string, may?: string): Promise<string> => {
    await admin.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustPolicy }));
    const own = { RoleName, PolicyName: 'p', PolicyDocument: may ?? '' };
    if (may !== undefined) await admin.send(new PutRolePolicyCommand(own));
    return roleArn(RoleName);
  };
  /** Takes a role as whoever holds the key. */
  const take = async (key: Partial<Credentials>, name: string, more: Partial<AssumeRoleRequest> = {}) => {
    const asked = { RoleArn: roleArn(name), RoleSessionName, ...more };
    const answer = await stsOf(key).send(new AssumeRoleCommand(asked));
    return { ...answer, key: answer.Credentials as Credentials };
  };
  return { url, admin, iamOf, stsOf, bea, role, take, time, clock, upgrades, answered, sessions };
}
