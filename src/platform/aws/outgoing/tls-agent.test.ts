import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../../store/temporary-directory.fixture.js';
import { localCertificate } from '../../tls/local-authority.js';
import { AwsClient } from '../aws-client.js';
import { createDial } from '../dial-web-socket.js';
import type { Trust } from '../trust.js';
import { pinOf, shownPin } from './tls-agent.js';

function certificate(host: string) {
  const directory = temporaryDirectory();
  const files = { certificateFile: join(directory, 'ca.pem'), keyFile: join(directory, 'ca.key') };
  return localCertificate({ ...files, name: 'test', hosts: [host], now: Date.now() });
}

/** A server with a certificate for another name, from an authority that nobody knows. */
async function serve() {
  const own = certificate('elsewhere.test');
  const heard: string[] = [];
  const server = createServer(own, (request, response) => {
    heard.push(request.url ?? '');
    response.end('{}');
  });
  new WebSocketServer({ server }).on('connection', (socket) => socket.send('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  const { port } = server.address() as AddressInfo;
  const ask = async (ca: Trust | undefined): Promise<unknown> => {
    const signer = () => Promise.resolve({});
    const client = new AwsClient({
      ...{ endpoint: `https://127.0.0.1:${port}`, region: 'r', attempts: 1, signer },
      ...(ca !== undefined && { ca }),
    });
    onTestFinished(() => client.close());
    return client.json('ecs', 'p', 'o', {});
  };
  const dial = (ca: Trust | undefined) => createDial(ca === undefined ? {} : { ca })(`wss://127.0.0.1:${port}/`, {});
  return { heard, ask, dial, pin: pinOf(new X509Certificate(own.cert)), authority: own.cert, port };
}

test('whoever has the pinned key is trusted, whatever the certificate says', async () => {
  const { ask, dial, pin, heard } = await serve();
  expect(pin).toMatch(/^sha256\/\/[A-Za-z0-9+/]{43}=$/);
  // Twice: the second connection could resume the session of the first.
  await ask({ pin });
  await ask({ pin });
  expect(heard).toHaveLength(2);
  const socket = await dial({ pin });
  socket.terminate();
});

test('nothing is said to whoever has another key, an authority’s word or not', async () => {
  const { ask, dial, heard } = await serve();
  const other = pinOf(new X509Certificate(certificate('elsewhere.test').cert));
  const refusal = { code: 'ERR_TLS_PIN_MISMATCH', message: expect.stringContaining('another key') as string };
  await expect(ask({ pin: other })).rejects.toMatchObject(refusal);
  await expect(dial({ pin: other })).rejects.toMatchObject(refusal);
  expect(heard).toEqual([]);
});

test('without a pin, authority and name are checked', async () => {
  const { ask, dial, authority, heard } = await serve();
  for (const trusted of [undefined, authority]) {
    const code = trusted === undefined ? /SELF_SIGNED|UNABLE_TO/ : /ERR_TLS_CERT_ALTNAME_INVALID/;
    await expect(ask(trusted)).rejects.toMatchObject({ code: expect.stringMatching(code) as string });
    await expect(dial(trusted)).rejects.toMatchObject({ code: expect.stringMatching(code) as string });
  }
  expect(heard).toEqual([]);
});

test('the pin of a server is shown once its certificate holds', async () => {
  const own = certificate('localhost');
  const server = createServer(own, (_request, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = new URL(`https://localhost:${(server.address() as AddressInfo).port}`);
  // Of the server, not of the authority behind it in the same file.
  const authority = own.cert.slice(own.cert.lastIndexOf('-----BEGIN'));
  expect(await shownPin(url, authority)).toBe(pinOf(new X509Certificate(own.cert)));
  const other = certificate('localhost').cert;
  await expect(shownPin(url, other)).rejects.toThrow(/unable to|self-signed/);
  await expect(shownPin(new URL('https://127.0.0.1:1'), authority)).rejects.toThrow(/ECONNREFUSED/);
});

test('a server that hangs up in the handshake is an error', async () => {
  const { createServer: createTcp } = await import('node:net');
  const server = createTcp((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const client = new AwsClient({
    ...{ endpoint: `https://127.0.0.1:${port}`, region: 'r', attempts: 1, signer: () => Promise.resolve({}) },
    ca: { pin: `sha256//${'A'.repeat(43)}=` },
  });
  await expect(client.json('ecs', 'p', 'o', {})).rejects.toMatchObject({ code: 'ECONNRESET' });
});
