import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startEndpoint } from '../../platform/aws/endpoint.fixture.js';
import { region as REGION } from '../../platform/aws/access-keys.fixture.js';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import { kmsHosts, startKmsProxy } from './kms-proxy.js';

const exec = promisify(execFile);
const hasCurl = await exec('curl', ['--version']).then(
  () => true,
  () => false,
);

async function open() {
  const { endpoint, calls } = await startEndpoint();
  const refused: string[] = [];
  const proxy = await startKmsProxy({
    endpoint,
    directory: temporaryDirectory(),
    region: REGION,
    port: 0,
    clock: Date.now,
    refused: (target) => refused.push(target),
  });
  onTestFinished(() => proxy.close());
  return { proxy, refused, calls };
}

/** The first bytes of the proxy's answer. */
async function ask(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.write(text);
  const [data] = (await once(socket, 'data')) as [Buffer];
  return data.toString();
}

test('tunnels lead to KMS’s names only', async () => {
  const { proxy, refused } = await open();
  const others = [
    'example.com:443',
    '127.0.0.1:22',
    `kms.${REGION}.amazonaws.com:80`,
    `kms.eu-north-1.amazonaws.com:443`,
  ];
  for (const target of others) {
    expect(await ask(proxy.url, `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`)).toMatch(/^HTTP\/1.1 403 /);
  }
  expect(refused).toEqual(others);
  expect(await ask(proxy.url, 'GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n')).toMatch(
    /^HTTP\/1.1 403 /,
  );
  for (const host of kmsHosts(REGION)) {
    expect(await ask(proxy.url, `CONNECT ${host}:443 HTTP/1.1\r\nHost: ${host}:443\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 200 /,
    );
  }
});

test('China’s regions have names of their own', () => {
  expect(kmsHosts('cn-north-1')[0]).toBe('kms.cn-north-1.amazonaws.com.cn');
});

test.skipIf(!hasCurl)('curl, told of the proxy and the authority, is answered by this endpoint', async () => {
  const { proxy } = await open();
  const url = `https://kms.${REGION}.amazonaws.com/`;
  const environment = { PATH: process.env['PATH'], HTTPS_PROXY: proxy.url };
  const curl = (...args: string[]) =>
    exec(
      'curl',
      [
        '--silent',
        '--show-error',
        '--max-time',
        '20',
        ...args,
        '-H',
        'x-amz-target: TrentService.ListKeys',
        '-d',
        '{}',
        url,
      ],
      {
        env: environment,
      },
    );
  const { stdout } = await curl('--cacert', proxy.caFile);
  expect(JSON.parse(stdout)).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
  // Nobody else trusts it.
  await expect(curl()).rejects.toThrow();
});
