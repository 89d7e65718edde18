import { createConnection } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { RecordedLog, TASK_ARN } from '../fixtures/agent-host.fixture.js';
import { roleCredentials } from '../fixtures/role.fixture.js';
import { TaskRole } from '../role/task-role.js';
import type { CallerCheck } from './caller-check.js';
import { MAX_REQUEST_HEAD, TaskEndpoint } from './task-endpoint.js';

const anybody: CallerCheck = () => Promise.resolve(true);
const nobody: CallerCheck = () => Promise.resolve(false);

async function setUp() {
  const log = new RecordedLog();
  const endpoint = new TaskEndpoint(log);
  await endpoint.listen();
  onTestFinished(() => endpoint.close());
  const role = new TaskRole(roleCredentials());
  const seat = (one: TaskRole, mayCall = anybody) => {
    const { environment, forget } = endpoint.addRole(one, TASK_ARN, mayCall);
    const { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri = '', AWS_CONTAINER_AUTHORIZATION_TOKEN: token = '' } = environment;
    return { uri, token, forget };
  };
  const container = (name: string, mayCall = anybody) =>
    endpoint.addContainer(
      {
        container: () => ({ Name: name }),
        task: (withTags) => ({ Family: 'web', withTags }),
        stats: () => Promise.resolve(null),
        taskStats: () => Promise.resolve({ id: null }),
      },
      { taskArn: TASK_ARN, runtimeId: name },
      mayCall,
    );
  return { endpoint, log, role, seat, container };
}

async function get(uri: string, token?: string, method = 'GET') {
  const response = await fetch(uri, { method, ...(token !== undefined && { headers: { authorization: token } }) });
  return { status: response.status, body: await response.json() };
}

test('the credentials in the form SDKs read, for who shows the token', async () => {
  const { role, seat } = await setUp();
  const { uri, token } = seat(role);
  expect(uri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v2\/credentials\/0c0ffee0-1111-4222-8333-444444444444$/);
  expect(token.length).toBeGreaterThan(40);
  expect(await get(uri, token)).toEqual({
    status: 200,
    body: {
      RoleArn: 'arn:aws:iam::123456789012:role/task-role',
      AccessKeyId: 'ASIATASK1',
      SecretAccessKey: 'role secret 1',
      Token: 'role/token+1=',
      Expiration: '2100-01-01T00:00:00.000Z',
    },
  });
});

test('renewed credentials are what the next request gets, under the same id and token', async () => {
  const { role, seat } = await setUp();
  const { uri, token } = seat(role);
  expect(await get(uri, token)).toMatchObject({ body: { AccessKeyId: 'ASIATASK1' } });
  role.renew(roleCredentials(3));
  expect(await get(uri, token)).toMatchObject({ body: { AccessKeyId: 'ASIATASK3', Token: 'role/token+3=' } });
  expect(await role.credentials()).toMatchObject({ accessKeyId: 'ASIATASK3', expires: Date.UTC(2100, 0, 3) });
});

test.each([
  ['no id', 'v2/credentials', true, 400, 'NoIdInRequest', 'CredentialsV2Request: No ID in the request'],
  [
    'an id nobody has',
    'v2/credentials/x',
    true,
    400,
    'InvalidIdInRequest',
    'CredentialsV2Request: Credentials not found',
  ],
  [
    'a malformed id',
    'v2/credentials/%f',
    true,
    400,
    'InvalidIdInRequest',
    'CredentialsV2Request: Credentials not found',
  ],
  ['no token', undefined, false, 401, 'MissingAuthorizationToken', expect.any(String)],
  ['another path', 'v2/secrets', true, 404, 'NotFound', expect.any(String)],
  ['the root', '', true, 404, 'NotFound', expect.any(String)],
])('%s', async (_, path, authorized, status, code, message: unknown) => {
  const { role, seat } = await setUp();
  const { uri, token } = seat(role);
  const asked = path === undefined ? uri : `${new URL(uri).origin}/${path}`;
  expect(await get(asked, authorized ? token : undefined)).toEqual({
    status,
    body: { code, message, HTTPErrorCode: status },
  });
});

test('a wrong token, and the token of another task, are refused', async () => {
  const { role, seat } = await setUp();
  const mine = seat(role);
  const other = seat(new TaskRole(roleCredentials(2, { credentialsId: 'another' })));
  for (const token of ['', 'x', mine.token.slice(1), `Bearer ${mine.token}`, other.token]) {
    expect(await get(mine.uri, token)).toMatchObject({ status: 403, body: { HTTPErrorCode: 403 } });
  }
  expect(await get(other.uri, other.token)).toMatchObject({ status: 200 });
});

test('a caller that stands elsewhere is refused, whatever it shows', async () => {
  const { role, seat, container } = await setUp();
  const { uri, token } = seat(role, nobody);
  expect(await get(uri, token)).toMatchObject({ status: 403 });
  const { environment } = container('main', nobody);
  expect(await get(environment['ECS_CONTAINER_METADATA_URI_V4'] ?? '')).toMatchObject({ status: 404 });
});

test('what was forgotten is as good as never there', async () => {
  const { role, seat, container } = await setUp();
  const { uri, token, forget } = seat(role);
  const { environment, forget: leave } = container('main');
  forget();
  leave();
  expect(await get(uri, token)).toMatchObject({ status: 400, body: { code: 'InvalidIdInRequest' } });
  expect(await get(environment['ECS_CONTAINER_METADATA_URI_V4'] ?? '')).toMatchObject({ status: 404 });
});

test('metadata at the address of each container, versions 3 and 4, and at no other', async () => {
  const { container } = await setUp();
  const uris = ['a', 'b'].map((name) => container(name).environment);
  for (const [index, name] of ['a', 'b'].entries()) {
    for (const version of ['ECS_CONTAINER_METADATA_URI', 'ECS_CONTAINER_METADATA_URI_V4']) {
      const uri = uris[index]?.[version] ?? '';
      expect(await get(uri)).toEqual({ status: 200, body: { Name: name } });
      expect(await get(`${uri}/`)).toEqual({ status: 200, body: { Name: name } });
      expect(await get(`${uri}/task`)).toEqual({ status: 200, body: { Family: 'web', withTags: false } });
      expect(await get(`${uri}/taskWithTags`)).toEqual({ status: 200, body: { Family: 'web', withTags: true } });
      expect(await get(`${uri}/stats`)).toEqual({ status: 200, body: null });
      expect(await get(`${uri}/task/stats`)).toEqual({ status: 200, body: { id: null } });
      expect(await get(`${uri}/associations`)).toMatchObject({ status: 404, body: { code: 'NotFound' } });
      expect(await get(uri.slice(0, -1))).toMatchObject({ status: 404 });
    }
  }
  expect(new Set(uris.map((each) => each['ECS_CONTAINER_METADATA_URI_V4'])).size).toBe(2);
});

test('only GET; nothing that is larger than a request of an SDK', async () => {
  const { role, seat } = await setUp();
  const { uri, token } = seat(role);
  for (const method of ['POST', 'PUT', 'DELETE']) {
    expect(await get(uri, token, method)).toMatchObject({ status: 405, body: { HTTPErrorCode: 405 } });
  }
  expect((await fetch(`${uri}${'x'.repeat(MAX_REQUEST_HEAD)}`)).status).toBe(431);
  expect((await fetch(uri, { headers: { 'x-long': 'x'.repeat(MAX_REQUEST_HEAD) } })).status).toBe(431);
});

test('nobody gets there from another machine', async () => {
  const { role, seat } = await setUp();
  const port = Number(new URL(seat(role).uri).port);
  const outside = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4');
  for (const { address } of [...outside, { address: '127.0.0.2' }]) {
    const reached = await new Promise((resolve) => {
      const socket = createConnection(port, address, () => resolve(true));
      socket.on('error', () => resolve(false));
      onTestFinished(() => void socket.destroy());
    });
    expect(reached).toBe(false);
  }
});

test('no secret is logged, also of a request that fails inside', async () => {
  const { endpoint, log, role, seat } = await setUp();
  const { uri, token } = seat(role);
  const broken = endpoint.addContainer(
    {
      container: () => {
        throw new Error('a fault of ours');
      },
      task: () => ({}),
      stats: () => Promise.resolve(null),
      taskStats: () => Promise.resolve({}),
    },
    { taskArn: TASK_ARN, runtimeId: 'broken' },
    anybody,
  );
  const metadata = broken.environment['ECS_CONTAINER_METADATA_URI_V4'] ?? '';
  expect(await get(metadata)).toEqual({
    status: 500,
    body: { code: 'InternalServerError', message: 'The request could not be answered.', HTTPErrorCode: 500 },
  });
  await get(uri, token);
  const text = log.lines.join('\n');
  expect(text).toContain('a fault of ours');
  for (const secret of [token, 'role secret', 'role/token', metadata.split('/').at(-1) ?? '?']) {
    expect(text).not.toContain(secret);
  }
});
