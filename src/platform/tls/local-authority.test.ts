import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createHttpsServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../store/temporary-directory.fixture.js';
import { serverCertificate } from './certificate.js';
import { der } from './der.js';
import { localCertificate } from './local-authority.js';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';

const exec = promisify(execFile);
const hasOpenssl = await exec('openssl', ['version']).then(
  () => true,
  () => false,
);
const HOST = 'kms.eu-central-1.amazonaws.com';

function open(now = Date.now()) {
  const directory = temporaryDirectory();
  const options = {
    certificateFile: join(directory, 'ca.pem'),
    keyFile: join(directory, 'ca-key.pem'),
    name: 'Gangway KMS eu-central-1',
    hosts: [HOST],
    now,
  };
  return { directory, options, ...localCertificate(options) };
}

/** What a server with this certificate is to a client that trusts the authority. */
async function greet(cert: string, key: string, ca: string, servername: string): Promise<string> {
  const server = createHttpsServer({ cert, key }, (_request, response) => response.end('hello'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const asked = request({ host: '127.0.0.1', port, servername, ca, agent: false, headers: { host: servername } }).end();
  const [response] = (await once(asked, 'response')) as [NodeJS.ReadableStream];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

/** A certificate of the same authority for a name that is not its own. */
function beyond({ options }: ReturnType<typeof open>, hosts: string[]) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuerKey = createPrivateKey(readFileSync(options.keyFile));
  const issuer = { name: options.name, publicKey: createPublicKey(issuerKey), privateKey: issuerKey };
  const cert = serverCertificate({ hosts, publicKey, issuer, now: Date.now(), lifetimeMs: 3_600_000 });
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

test('a TLS client that trusts the authority takes the certificate for its host and no other', async () => {
  const it = open();
  const ca = readFileSync(it.options.certificateFile, 'utf8');
  expect(await greet(it.cert, it.key, ca, HOST)).toBe('hello');
  await expect(greet(it.cert, it.key, ca, 'sts.amazonaws.com')).rejects.toMatchObject({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
  const stranger = readFileSync(open().options.certificateFile, 'utf8');
  await expect(greet(it.cert, it.key, stranger, HOST)).rejects.toThrow();
});

test('the authority may not vouch for other names: its key would be worth little to a thief', async () => {
  const it = open();
  const ca = readFileSync(it.options.certificateFile, 'utf8');
  const { cert, key } = beyond(it, ['example.com']);
  await expect(greet(cert, key, ca, 'example.com')).rejects.toThrow('permitted subtree violation');
});

test.skipIf(!hasOpenssl)('openssl verifies the chain, strictly', async () => {
  const it = open();
  const leaf = join(it.directory, 'leaf.pem');
  writeFileSync(leaf, it.cert);
  const verify = (...more: string[]) =>
    exec('openssl', [
      'verify',
      '-x509_strict',
      '-purpose',
      'sslserver',
      '-CAfile',
      it.options.certificateFile,
      ...more,
    ]);
  expect((await verify('-verify_hostname', HOST, leaf)).stdout).toContain('OK');
  await expect(verify('-verify_hostname', 'example.com', leaf)).rejects.toThrow();
  writeFileSync(leaf, beyond(it, ['example.com']).cert);
  await expect(verify(leaf)).rejects.toThrow();
});

test('the authority is kept, its key for its owner only, and replaced when it would expire first', () => {
  const it = open();
  expect(statSync(it.options.keyFile).mode & 0o777).toBe(0o600);
  const first = readFileSync(it.options.certificateFile, 'utf8');
  const again = localCertificate(it.options);
  expect(readFileSync(it.options.certificateFile, 'utf8')).toBe(first);
  expect(again.cert).not.toBe(it.cert);
  expect(new X509Certificate(again.cert).verify(new X509Certificate(first).publicKey)).toBe(true);
  localCertificate({ ...it.options, now: it.options.now + 9 * 365 * 86_400_000 });
  expect(readFileSync(it.options.certificateFile, 'utf8')).not.toBe(first);
  writeFileSync(it.options.keyFile, 'damaged');
  expect(() => localCertificate(it.options)).not.toThrow();
  localCertificate({ ...it.options, name: 'Gangway KMS us-east-1' });
  expect(new X509Certificate(readFileSync(it.options.certificateFile)).subject).toBe('CN=Gangway KMS us-east-1');
});

test('DER: lengths, integers, object identifiers and times', () => {
  expect(der.octetString(Buffer.alloc(127)).subarray(0, 2).toString('hex')).toBe('047f');
  expect(der.octetString(Buffer.alloc(128)).subarray(0, 3).toString('hex')).toBe('048180');
  expect(der.octetString(Buffer.alloc(300)).subarray(0, 4).toString('hex')).toBe('0482012c');
  expect(der.integer(Buffer.from([0, 0, 0x80])).toString('hex')).toBe('02020080');
  expect(der.integer(Buffer.from([0])).toString('hex')).toBe('020100');
  expect(der.oid('1.2.840.10045.4.3.2').toString('hex')).toBe('06082a8648ce3d040302');
  expect(der.time(Date.UTC(2049, 11, 31, 23, 59, 59)).toString()).toBe('\u0017\r491231235959Z');
  expect(der.time(Date.UTC(2050, 0, 1)).toString()).toBe('\u0018\u000f20500101000000Z');
});
