import { createHash, randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExecuteCommandCommand } from '@aws-sdk/client-ecs';
import { CuttingProxy } from './cutting-proxy.fixture.js';
import { Stack, onPath, program, stackUnavailable } from './stack.fixture.js';

const cuts = 20;
const size = 100_000_000;
const unavailable = stackUnavailable();

/** A digest of everything written to it, cutting the proxy's sockets at even distances. */
function counter(proxy: CuttingProxy): { take: (chunk: Buffer) => void; hash: () => string; length: () => number } {
  const hash = createHash('sha256');
  let length = 0;
  return {
    take: (chunk) => {
      hash.update(chunk);
      length += chunk.length;
      if (proxy.cuts < cuts && length > ((proxy.cuts + 1) * size) / (cuts + 2)) proxy.cut(100_000);
    },
    hash: () => hash.digest('hex'),
    length: () => length,
  };
}

describe.skipIf(unavailable)(`sockets cut ${cuts} times while 100 MB flow`, () => {
  const stack = new Stack();
  let proxy: CuttingProxy;
  let task: Awaited<ReturnType<Stack['task']>>;

  beforeAll(async () => {
    await stack.up();
    task = await stack.task();
  });
  afterAll(() => stack.down());

  it('gangway exec: every byte of output once and in order', { timeout: 180_000 }, async () => {
    proxy = new CuttingProxy(stack.url);
    await proxy.listen();
    // A generator both ends can compute: AES-CTR of zeros would need openssl inside; a repeated random block does not.
    const script = `i=0; while [ $i -lt 100 ]; do head -c 1000000 /tmp/block; i=$((i+1)); done`;
    const block = randomBytes(1_000_000);
    const filled = await stack.gangway(['exec', task.id, '--', 'sh', '-c', 'cat > /tmp/block'], { input: block });
    expect(filled).toMatchObject({ status: 0, stderr: '' });
    const expected = createHash('sha256');
    for (let index = 0; index < 100; index += 1) expected.update(block);

    const child = spawn(process.execPath, [program, 'exec', task.id, '--', 'sh', '-c', script], {
      env: stack.env({ AWS_ENDPOINT_URL: proxy.url }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const seen = counter(proxy);
    let stderr = '';
    child.stdout.on('data', seen.take);
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const status = await new Promise((resolve) => child.on('close', resolve));
    proxy.close();
    expect({ status, length: seen.length(), stderr: status === 0 ? '' : stderr }).toEqual({
      status: 0,
      length: size,
      stderr: '',
    });
    expect(seen.hash()).toBe(expected.digest('hex'));
    expect(proxy.cuts).toBeGreaterThanOrEqual(cuts);
  });

  it('gangway exec: every byte of input once and in order', { timeout: 180_000 }, async () => {
    proxy = new CuttingProxy(stack.url);
    await proxy.listen();
    const child = spawn(process.execPath, [program, 'exec', task.id, '--', 'sha256sum'], {
      env: stack.env({ AWS_ENDPOINT_URL: proxy.url }),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.resume();
    const block = randomBytes(1_000_000);
    const expected = createHash('sha256');
    for (let index = 0; index < 100; index += 1) {
      expected.update(block);
      if (!child.stdin.write(block)) await new Promise((resolve) => child.stdin.once('drain', resolve));
      // Acknowledgements alone come back: every long connection is the data channel.
      if (index % 5 === 4) proxy.cut(500);
    }
    child.stdin.end();
    const status = await new Promise((resolve) => child.on('close', resolve));
    proxy.close();
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${expected.digest('hex')}  -\n` });
    expect(proxy.cuts).toBeGreaterThanOrEqual(cuts);
  });

  it.skipIf(!onPath('session-manager-plugin'))(
    'session-manager-plugin: every byte of output once and in order',
    { timeout: 240_000 },
    async () => {
      proxy = new CuttingProxy(stack.url);
      await proxy.listen();
      const block = randomBytes(750_000).toString('base64');
      await stack.gangway(['exec', task.id, '--', 'sh', '-c', 'cat > /tmp/text'], { input: block });
      const script = `stty raw -echo; i=0; while [ $i -lt 100 ]; do cat /tmp/text; i=$((i+1)); done; sleep 1`;
      const { ecs } = stack;
      const answer = await ecs.send(
        new ExecuteCommandCommand({ task: task.id, command: `sh -c '${script}'`, interactive: true }),
      );
      const session = answer.session;
      const streamUrl = (session?.streamUrl ?? '').replace(new URL(stack.url).host, new URL(proxy.url).host);
      const child = spawn(
        'session-manager-plugin',
        [
          JSON.stringify({ ...session, streamUrl }),
          stack.environment['AWS_REGION'] ?? '',
          'StartSession',
          '',
          JSON.stringify({ Target: task.target }),
          proxy.url,
        ],
        { env: stack.env(), stdio: ['pipe', 'pipe', 'inherit'] },
      );
      const chunks: Buffer[] = [];
      const seen = counter(proxy);
      child.stdout.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        seen.take(chunk);
      });
      await new Promise((resolve) => child.on('close', resolve));
      child.stdin.destroy();
      proxy.close();
      const text = Buffer.concat(chunks).toString('latin1');
      const start = text.indexOf(block.slice(0, 64));
      const received = text.slice(start, start + block.length * 100);
      expect(received.length).toBe(block.length * 100);
      const digest = (value: string): string => createHash('sha256').update(value).digest('hex');
      expect(digest(received)).toBe(digest(block.repeat(100)));
      expect(proxy.cuts).toBeGreaterThanOrEqual(cuts);
    },
  );
});
