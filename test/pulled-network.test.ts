import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CuttingProxy } from './cutting-proxy.fixture.js';
import { Stack, program, stackUnavailable } from './stack.fixture.js';

describe.skipIf(stackUnavailable())('a network that is pulled without a word, and another one that works', () => {
  const stack = new Stack();
  let proxy: CuttingProxy;
  let task = '';

  beforeAll(async () => {
    await stack.up();
    task = (await stack.task()).id;
    proxy = new CuttingProxy(stack.url);
    await proxy.listen();
  });
  afterAll(async () => {
    proxy.close();
    await stack.down();
  });

  it('gangway exec finds out by itself, says so, and loses no byte of either side', { timeout: 90_000 }, async () => {
    const script = 'cat; i=0; while [ $i -lt 2000 ]; do echo "line $i"; i=$((i+1)); done; exit 3';
    const child = spawn(process.execPath, [program, 'exec', task, '--', 'sh', '-c', script], {
      env: stack.env({ AWS_ENDPOINT_URL: proxy.url }),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const first = new Promise((resolve) => child.stdout.once('data', resolve));
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stdin.write('before\n');
    await first;
    expect(proxy.freeze()).toBeGreaterThan(0);
    const frozenAt = Date.now();
    child.stdin.end('meanwhile\n');
    const status = await new Promise((resolve) => child.on('close', resolve));
    const lines = Array.from({ length: 2000 }, (_, index) => `line ${index}\n`).join('');
    expect(stdout).toBe(`before\nmeanwhile\n${lines}`);
    expect(stderr).toBe('gangway: connection lost, reconnecting\ngangway: reconnected\n');
    expect(status).toBe(3);
    // Three pings five seconds apart, from the last byte that came on, and a second to come back.
    expect(Date.now() - frozenAt).toBeLessThan(25_000);
  });
});
