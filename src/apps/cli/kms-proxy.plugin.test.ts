import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { CreateAliasCommand, CreateKeyCommand, DecryptCommand, DisableKeyCommand } from '@aws-sdk/client-kms';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { Channel } from '../../core/channel/channel.js';
import { nodeChannelEnvironment } from '../../platform/crypto/node-channel-environment.js';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import { ARN, openKms, REGION } from '../../services/kms/kms.fixture.js';
import { startKmsProxy } from './kms-proxy.js';

const exec = promisify(execFile);
const has = (program: string, ...args: string[]) =>
  exec(program, args).then(
    () => true,
    () => false,
  );
const hasPlugin = await has('session-manager-plugin', '--version');
const hasCli = await has('aws', '--version');

const SESSION = 'ecs-execute-command-0123456789abcdefghijklmnop';
const TARGET = `ecs:demo_${'a'.repeat(32)}_rt-1`;

/** KMS with an alias `alias/exec`, its proxy, and what a client's environment says of both. */
async function open() {
  const it = await openKms();
  const proxy = await startKmsProxy({
    endpoint: it.now.endpoint,
    directory: temporaryDirectory(),
    region: REGION,
    port: 0,
    clock: Date.now,
    refused: () => undefined,
  });
  onTestFinished(() => proxy.close());
  const { KeyMetadata } = await it.client.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata!.KeyId!;
  await it.client.send(new CreateAliasCommand({ AliasName: 'alias/exec', TargetKeyId: KeyId }));
  const environment = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    HTTPS_PROXY: proxy.url,
    NO_PROXY: '127.0.0.1,localhost',
    AWS_CA_BUNDLE: proxy.caFile,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: it.now.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: it.now.credentials.secretAccessKey,
    AWS_PAGER: '',
  };
  return { it, KeyId, environment };
}

/** An agent's end of a session on a WebSocket of its own; sends one line, encrypted, once the handshake is over. */
async function agent({ it }: Awaited<ReturnType<typeof open>>) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const failures: string[] = [];
  const frames: Buffer[] = [];
  const encrypted = new Promise<boolean>((resolve, reject) => {
    server.on('connection', (socket) => {
      const channel = new Channel({
        role: 'agent',
        sessionId: SESSION,
        targetId: TARGET,
        environment: nodeChannelEnvironment,
        keyService: {
          generateDataKey: () => Promise.reject(new Error('an agent makes no data keys')),
          async decrypt({ keyId, ciphertextBlob, encryptionContext }) {
            const { Plaintext } = await it.client.send(
              new DecryptCommand({
                KeyId: keyId,
                CiphertextBlob: ciphertextBlob,
                EncryptionContext: encryptionContext,
              }),
            );
            return Plaintext!;
          },
        },
        events: {
          data: () => undefined,
          ready(outcome) {
            channel.write(1, Buffer.from('only for the two ends\r\n'));
            resolve(outcome.encrypted);
          },
          failed(message) {
            failures.push(message);
            reject(new Error(message));
          },
          writable: () => undefined,
          drained: () => channel.close(),
        },
      });
      let opened = false;
      socket.on('message', (data, binary) => {
        // The first message is the client's token.
        if (binary) channel.receive(new Uint8Array(data as Buffer));
        else if (!opened) {
          opened = true;
          channel.attach((frame) => {
            frames.push(Buffer.from(frame));
            socket.send(frame);
          });
          channel.startHandshake({
            agentVersion: '3.3.0.0',
            sessionType: 'InteractiveCommands',
            properties: null,
            kmsKeyId: 'alias/exec',
            offerStreams: false,
          });
          // What comes before the plugin can print is repeated until it can.
          const ticking = setInterval(() => channel.tick(), 50);
          socket.on('close', () => clearInterval(ticking));
        }
      });
    });
  });
  // Awaited by those who want to know.
  encrypted.catch(() => undefined);
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { encrypted, failures, frames, streamUrl: `ws://127.0.0.1:${port}/v1/data-channel/${SESSION}` };
}

/** The official plugin, as the AWS CLI starts it. */
function plugin(environment: NodeJS.ProcessEnv, streamUrl: string) {
  const session = JSON.stringify({ SessionId: SESSION, StreamUrl: streamUrl, TokenValue: 'token' });
  const target = JSON.stringify({ Target: TARGET });
  const child = spawn('session-manager-plugin', [session, REGION, 'StartSession', '', target, 'http://127.0.0.1:1'], {
    env: environment,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { output: () => output };
}

test.skipIf(!hasPlugin)(
  'the official plugin makes its data key here, and reads what is encrypted',
  async () => {
    const opened = await open();
    const { encrypted, streamUrl, frames } = await agent(opened);
    const client = plugin(opened.environment, streamUrl);
    expect(await encrypted).toBe(true);
    await expect.poll(() => client.output(), { timeout: 10_000 }).toContain('only for the two ends');
    expect(client.output()).toContain('This session is encrypted using AWS KMS.');
    expect(Buffer.concat(frames).includes('only for the two ends')).toBe(false);
  },
  40_000,
);

test.skipIf(!hasPlugin)(
  'a key that is disabled: the plugin tells the agent, in the words of KMS',
  async () => {
    const opened = await open();
    await opened.it.client.send(new DisableKeyCommand({ KeyId: opened.KeyId }));
    const { encrypted, streamUrl } = await agent(opened);
    plugin(opened.environment, streamUrl);
    await expect(encrypted).rejects.toThrow(
      /KMSEncryption failed on client with status 2 error: Failed to process action KMSEncryption: .*DisabledException: .* is disabled/s,
    );
  },
  40_000,
);

test.skipIf(!hasCli)(
  'the AWS CLI without an endpoint reaches this KMS under its own name',
  async () => {
    const { environment, KeyId } = await open();
    const { stdout } = await exec('aws', ['kms', 'describe-key', '--key-id', 'alias/exec'], { env: environment });
    expect(JSON.parse(stdout)).toMatchObject({ KeyMetadata: { Arn: `${ARN}key/${KeyId}` } });
  },
  40_000,
);
