import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import { tarArchive } from './tar-archive.js';

export interface TestRegistry {
  /** Of the one image there is. */
  readonly image: string;
  readonly digest: string;
  /** Method and path of each request that was answered with content. */
  readonly served: string[];
}

const digestOf = (content: Uint8Array): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/**
 * A registry on the loopback, where Docker does without TLS, with an image of this machine's busybox. `account`:
 * `user:password` that it wants. `broken`: it has another layer than its manifest says.
 */
export async function testRegistry(
  options: { readonly account?: string; readonly broken?: true } = {},
): Promise<TestRegistry> {
  const busybox = { path: 'busybox', mode: 0o755, content: readFileSync('/bin/busybox') };
  // An image of its own each time: what was pulled before would be taken from there.
  const mark = { path: 'mark', mode: 0o644, content: Buffer.from(`${process.pid} ${performance.now()}`) };
  const archive = tarArchive([busybox, mark]);
  const layer = gzipSync(archive);
  const config = Buffer.from(
    JSON.stringify({
      ...{ architecture: process.arch === 'arm64' ? 'arm64' : 'amd64', os: 'linux' },
      config: {
        Env: ['OF_THE_IMAGE=yes'],
        Entrypoint: ['/busybox', 'sh', '-c', 'echo $OF_THE_IMAGE; /busybox cat /mark'],
      },
      rootfs: { type: 'layers', diff_ids: [digestOf(archive)] },
    }),
  );
  const kind = 'application/vnd.docker';
  const part = (mediaType: string, content: Uint8Array) => ({
    ...{ mediaType: `${kind}.${mediaType}`, size: content.length, digest: digestOf(content) },
  });
  const manifest = Buffer.from(
    JSON.stringify({
      ...{ schemaVersion: 2, mediaType: `${kind}.distribution.manifest.v2+json` },
      config: part('container.image.v1+json', config),
      layers: [part('image.rootfs.diff.tar.gzip', layer)],
    }),
  );
  const sent = options.broken === true ? gzipSync(Buffer.concat([archive, Buffer.alloc(512)])) : layer;
  const blobs = new Map<string, Uint8Array>([
    [digestOf(config), config],
    [digestOf(layer), sent],
  ]);
  const served: string[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    const wanted = options.account && `Basic ${Buffer.from(options.account).toString('base64')}`;
    if (wanted !== undefined && headers.authorization !== wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end();
      return;
    }
    const [, what = '', name = ''] = /^\/v2\/app\/(manifests|blobs)\/(.+)$/.exec(url) ?? [];
    const content = what === 'manifests' ? manifest : blobs.get(name);
    if (url === '/v2/') response.writeHead(200).end('{}');
    else if (content === undefined || (what === 'manifests' && ![digestOf(manifest), '1'].includes(name))) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
    } else {
      served.push(`${method} ${url}`);
      const type = what === 'manifests' ? `${kind}.distribution.manifest.v2+json` : 'application/octet-stream';
      const head = {
        'content-type': type,
        'content-length': content.length,
        'docker-content-digest': digestOf(content),
      };
      response.writeHead(200, head).end(method === 'HEAD' ? undefined : content);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { image: `127.0.0.1:${port}/app:1`, digest: digestOf(manifest), served };
}
