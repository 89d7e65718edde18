import { ListUsersCommand } from '@aws-sdk/client-iam';
import type { Credentials } from '@aws-sdk/client-sts';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { createDial } from '../../platform/aws/dial-web-socket.js';
import { Secret } from '../../platform/aws/secret.js';
import { signRequest } from '../../platform/aws/sign-request.js';
import { accountId, BEA, openSts, policy, region, trust } from './sts.fixture.js';

const DEV = `arn:aws:sts::${accountId}:assumed-role/dev/work`;
const invalid = { name: 'InvalidClientTokenId', $metadata: { httpStatusCode: 403 } };

async function open() {
  const sts = await openSts();
  await sts.role('dev', trust(BEA), policy(['iam:ListUsers', 'ssmmessages:OpenControlChannel']));
  const { key } = await sts.take(sts.bea, 'dev');
  const other = (await sts.take(sts.bea, 'dev')).key;
  /** Dials the message gateway's path, signed; gives the first thing it says back. */
  const dial = async ({ AccessKeyId = '', SecretAccessKey = '', SessionToken }: Partial<Credentials>) => {
    const url = `${sts.url.replace('http', 'ws')}/v1/control-channel/ecs:c_t_r?role=subscribe`;
    const credentials = {
      ...{ accessKeyId: AccessKeyId, secretAccessKey: new Secret(SecretAccessKey) },
      ...(SessionToken !== undefined && { sessionToken: new Secret(SessionToken) }),
    };
    const signing = { service: 'ssmmessages', region, credentials, time: sts.clock() };
    const socket = await createDial()(url, signRequest({ method: 'GET', url, ...signing }));
    const answer = new Promise<unknown>((resolve, reject) => {
      socket.handlers = { message: resolve, close: (code) => reject(new Error(String(code))) };
    });
    socket.send('hello');
    const said = await answer;
    socket.terminate();
    return said;
  };
  const who = (given: Partial<Credentials>) => sts.stsOf(given).send(new GetCallerIdentityCommand({}));
  const list = (given: Partial<Credentials>) => sts.iamOf(given).send(new ListUsersCommand({}));
  return { ...sts, key, other, dial, who, list };
}

const without = ({ AccessKeyId, SecretAccessKey }: Credentials) => ({
  ...(AccessKeyId !== undefined && { AccessKeyId }),
  ...(SecretAccessKey !== undefined && { SecretAccessKey }),
});

test('a session token belongs to its own key: another one, none, and one with a long-term key are refused', async () => {
  const { key, other, bea, who, list } = await open();
  expect(await who(key)).toMatchObject({ Arn: DEV });
  await list(key);
  const wrong = [
    { ...key, SessionToken: other.SessionToken },
    { ...key, SessionToken: `${key.SessionToken!.slice(0, -1)}=` },
    { ...key, SessionToken: '' },
    without(key),
    { ...bea, SessionToken: key.SessionToken },
    { ...key, AccessKeyId: other.AccessKeyId },
  ];
  for (const given of wrong) {
    await expect(who(given)).rejects.toMatchObject(invalid);
    await expect(list(given)).rejects.toMatchObject(invalid);
  }
  await expect(who({ ...key, SecretAccessKey: other.SecretAccessKey })).rejects.toMatchObject({
    name: expect.stringContaining('SignatureDoesNotMatch'),
  });
});

test('credentials work until the second they expire, and then nowhere', async () => {
  const { key, time, who, list, take, bea } = await open();
  const short = (await take(bea, 'dev', { DurationSeconds: 900 })).key;
  time.ahead = 880_000;
  await list(short);
  time.ahead = 900_000;
  const expired = { name: expect.stringMatching(/^ExpiredToken/), message: expect.stringContaining('is expired') };
  await expect(who(short)).rejects.toMatchObject(expired);
  await expect(list(short)).rejects.toMatchObject(expired);
  await expect(take(short, 'dev')).rejects.toMatchObject(expired);
  await list(key);
  time.ahead = 3600_000;
  await expect(list(key)).rejects.toMatchObject(expired);
});

test('a WebSocket is opened with a session token, and with no other than its own', async () => {
  const { key, other, dial, upgrades, time } = await open();
  expect(await dial(key)).toBe('hello');
  expect(upgrades.map(({ context }) => context?.caller)).toEqual([
    expect.objectContaining({ arn: DEV, type: 'assumed-role', accessKeyId: key.AccessKeyId }),
  ]);
  const refused = { name: 'UpgradeRefused', body: expect.stringContaining('Unauthorized request.') };
  for (const given of [{ ...key, SessionToken: other.SessionToken }, without(key)]) {
    await expect(dial(given)).rejects.toMatchObject(refused);
  }
  time.ahead = 3600_000;
  await expect(dial(key)).rejects.toMatchObject(refused);
  expect(upgrades).toHaveLength(1);
});
