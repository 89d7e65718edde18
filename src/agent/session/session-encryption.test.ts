import { expect, onTestFinished, test, vi } from 'vitest';
import type { KeyService } from '../../core/channel/channel-api.js';
import { NO_SESSION_INPUTS } from '../../core/protocol/session-document.js';
import { caller, longTerm } from '../../platform/aws/access-keys.fixture.js';
import { createDial } from '../../platform/aws/dial-web-socket.js';
import { createKmsClient } from '../../platform/aws/kms-client.js';
import { denial, TestKms } from '../../platform/aws/kms.fixture.js';
import { Secret } from '../../platform/aws/secret.js';
import { encodeFlag, GangwayFlag } from '../../core/protocol/flag.js';
import { roleCredentials } from '../fixtures/role.fixture.js';
import { PIPES, SESSION_ID, setUpSession, TARGET } from '../fixtures/session.fixture.js';
import { createRoleAccess, type HostKms } from '../role/role-access.js';
import { TaskRole } from '../role/task-role.js';

const region = 'eu-central-1';
const ROLE_ARN = 'arn:aws:sts::123456789012:assumed-role/task-role/t';
const ERROR_LINE = '\n----------ERROR-------\n';

/** A session on a cluster with a key: the user makes the data key, the task's role opens it, each signing for himself. */
async function setUp(options: { kms?: HostKms; client?: KeyService } = {}) {
  const kms = new TestKms(region, {
    find: (id) => {
      if (id === longTerm.accessKeyId) return Promise.resolve({ secret: longTerm.secretAccessKey, caller });
      const serial = /^ASIATASK(\d)$/.exec(id)?.[1];
      if (serial === undefined) return Promise.resolve(undefined);
      const { secretAccessKey, sessionToken } = roleCredentials(Number(serial));
      return Promise.resolve({
        secret: new Secret(secretAccessKey),
        sessionToken: new Secret(sessionToken),
        caller: { ...caller, arn: ROLE_ARN, accessKeyId: id, type: 'assumed-role' },
      });
    },
  });
  await kms.listen();
  onTestFinished(() => kms.close());
  const role = new TaskRole(roleCredentials(1));
  const accessAs = createRoleAccess({
    endpointUrl: 'http://127.0.0.1:9',
    region,
    dial: createDial(),
    kms: options.kms ?? { endpointUrl: kms.url },
  });
  const { keyService } = accessAs(role.credentials);
  const user = createKmsClient({ endpointUrl: kms.url, region, credentials: () => Promise.resolve(longTerm) });
  const session = setUpSession({
    streams: PIPES,
    command: 'cat',
    document: { inputs: { ...NO_SESSION_INPUTS, kmsKeyId: kms.keyArn } },
    host: { keyService },
    keyService: options.client ?? user,
  });
  /** Every frame that passes the gateway, in either direction. */
  const relayed: Buffer[] = [];
  const joined = session.endpoint.onData;
  session.endpoint.onData = (end) => {
    joined(end);
    const { onMessage, socket } = end;
    end.onMessage = (message, bytes) => {
      relayed.push(Buffer.from(bytes));
      onMessage?.(message, bytes);
    };
    const send = socket.send.bind(socket);
    socket.send = (data) => {
      relayed.push(Buffer.from(data));
      send(data);
    };
  };
  const failure = async (): Promise<string> => {
    await session.begin();
    await vi.waitFor(() => expect(session.ends).toHaveLength(1), { timeout: 15_000 });
    expect(session.container.processes).toEqual([]);
    return session.ends[0]!.output;
  };
  return { ...session, kms, role, relayed, failure };
}

test('user and task role share a key bound to session, target and challenge; the gateway relays ciphertext only', async () => {
  const { kms, client, container, ends, begin, relayed, clock } = await setUp();
  await begin();
  await vi.waitFor(() => expect(container.processes).toHaveLength(1));
  expect(client.outcomes).toMatchObject([
    { encrypted: true, customerMessage: 'This session is encrypted using AWS KMS.' },
  ]);
  const [process] = container.processes;
  client.type('the typed pass-word\n');
  await vi.waitFor(() => expect(String(process!.stdin.read())).toBe('the typed pass-word\n'));
  process!.stdout.write('the answer is forty-two\n');
  process!.stderr.write('a warning nobody else reads\n');
  await vi.waitFor(() => expect(client.text(11)).toBe('a warning nobody else reads\n'));
  client.channel.write(10, encodeFlag(GangwayFlag.StdinEof));
  process!.exit(7);
  await clock.advance(100);
  await vi.waitFor(() => expect(ends).toEqual([{ status: 'Success', output: '' }]));
  expect([client.text(1), client.text(12)]).toEqual(['the answer is forty-two\n', 'EXIT_CODE: 7']);

  expect(relayed.length).toBeGreaterThan(8);
  const wire = Buffer.concat(relayed).toString('latin1');
  for (const plain of ['pass-word', 'forty-two', 'nobody else', 'EXIT_CODE']) expect(wire).not.toContain(plain);
  // What is not secret is seen, so what is looked at is what was relayed.
  for (const seen of ['KMSEncryption', 'output_stream_data', 'input_stream_data']) expect(wire).toContain(seen);

  expect(kms.calls.map(({ operation, accessKeyId }) => [operation, accessKeyId])).toEqual([
    ['GenerateDataKey', 'AKIDLONG'],
    ['Decrypt', 'ASIATASK1'],
  ]);
  const [made, opened] = kms.calls.map(({ input }) => input as Record<string, unknown>);
  expect(made).toEqual({
    KeyId: kms.keyArn,
    NumberOfBytes: 64,
    EncryptionContext: {
      'aws:ssm:SessionId': SESSION_ID,
      'aws:ssm:TargetId': TARGET,
      'aws:ssm:RandomChallenge': expect.any(String),
    },
  });
  expect(opened).toMatchObject({ KeyId: kms.keyArn, EncryptionContext: made!['EncryptionContext'] });
});

test('renewed credentials of the role are what Decrypt is signed with', async () => {
  const { kms, role, container, client, begin } = await setUp();
  role.renew(roleCredentials(2));
  await begin();
  await vi.waitFor(() => expect(container.processes).toHaveLength(1));
  expect(kms.calls.at(-1)).toMatchObject({ operation: 'Decrypt', accessKeyId: 'ASIATASK2' });
  expect(client.failures).toEqual([]);
});

test('a KMS elsewhere is asked with credentials that it knows', async () => {
  const other = new TestKms(region, {
    find: () => Promise.resolve({ secret: longTerm.secretAccessKey, caller: { ...caller, accessKeyId: 'AKIDLONG' } }),
  });
  await other.listen();
  onTestFinished(() => other.close());
  const kms = { endpointUrl: other.url, credentials: () => Promise.resolve(longTerm) };
  const client = createKmsClient({ endpointUrl: other.url, region, credentials: () => Promise.resolve(longTerm) });
  const session = await setUp({ kms, client });
  await session.begin();
  await vi.waitFor(() => expect(session.container.processes).toHaveLength(1));
  expect(other.calls.map(({ operation }) => operation)).toEqual(['GenerateDataKey', 'Decrypt']);
  expect(session.kms.calls).toEqual([]);
});

test('a task role without kms:Decrypt: no session, in the words of the official agent', async () => {
  const { kms, failure } = await setUp();
  kms.denied.add('ASIATASK1 Decrypt');
  expect(await failure()).toBe(
    `${ERROR_LINE}Encountered error while initiating handshake. Fetching data key failed: Unable to retrieve data key, ` +
      `Error when decrypting data key AccessDeniedException: ${denial(ROLE_ARN, 'Decrypt', kms.keyArn)}`,
  );
});

test('a user without kms:GenerateDataKey: no session, in the words of the official client', async () => {
  const { kms, failure } = await setUp();
  kms.denied.add('AKIDLONG GenerateDataKey');
  expect(await failure()).toBe(
    `${ERROR_LINE}Encountered error while initiating handshake. KMSEncryption failed on client with status 2 error: ` +
      'Failed to process action KMSEncryption: Error calling KMS GenerateDataKey API: ' +
      `AccessDeniedException: ${denial(caller.arn, 'GenerateDataKey', kms.keyArn)}`,
  );
  expect(kms.calls.map(({ operation }) => operation)).toEqual(['GenerateDataKey']);
});

test('a data key that was made for another target is of no use', async () => {
  const { kms, failure, client } = await setUp({
    client: {
      generateDataKey: (request) =>
        createKmsClient({ endpointUrl: kms.url, region, credentials: () => Promise.resolve(longTerm) }).generateDataKey(
          {
            ...request,
            encryptionContext: { ...request.encryptionContext, 'aws:ssm:TargetId': 'ecs:other' },
          },
        ),
      decrypt: () => Promise.reject(new Error('not the client')),
    },
  });
  expect(await failure()).toContain('Error when decrypting data key InvalidCiphertextException: ');
  expect(client.outcomes).toEqual([]);
});

test('a KMS that is not there: no session, and the cause is said before the handshake times out', async () => {
  const { failure } = await setUp({ kms: { endpointUrl: 'http://127.0.0.1:9' } });
  expect(await failure()).toMatch(/Fetching data key failed: .*Error when decrypting data key .*ECONNREFUSED/);
});
