import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultEndpoint } from '../../platform/aws/configuration/default-endpoint.js';
import type { Endpoint } from '../../platform/aws/endpoint.js';
import { ConnectProxy } from '../../platform/tls/connect-proxy.js';
import { localCertificate } from '../../platform/tls/local-authority.js';

/** Where clients that can be told no endpoint of KMS reach ours; the official plugin is one (wire-protocol 10.4). */
export interface KmsProxy {
  /** For HTTPS_PROXY. */
  readonly url: string;
  /** For AWS_CA_BUNDLE: the authority of the proxy, and what the endpoint itself needs trusted. */
  readonly caFile: string;
  close(): Promise<void>;
}

export interface KmsProxyOptions {
  readonly endpoint: Endpoint;
  readonly directory: string;
  readonly region: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM file that clients of the endpoint need; its certificates are put beside the authority's. */
  readonly endpointCaFile?: string;
  readonly clock: () => number;
  readonly refused: (target: string) => void;
}

/** AWS's own names of KMS in a region. */
export function kmsHosts(region: string): readonly string[] {
  return ['kms', 'kms-fips'].map((name) => new URL(defaultEndpoint(name, region)).hostname);
}

/**
 * A proxy on loopback that takes tunnels to KMS's names only, and answers them with this endpoint: the same requests,
 * the same signatures (over the Host that was signed), the same policies.
 */
export async function startKmsProxy(options: KmsProxyOptions): Promise<KmsProxy> {
  const { endpoint, directory, region, endpointCaFile } = options;
  const hosts = kmsHosts(region);
  const certificateFile = join(directory, 'kms-ca.pem');
  const tls = localCertificate({
    certificateFile,
    keyFile: join(directory, 'kms-ca-key.pem'),
    name: `Gangway KMS ${region}`,
    hosts,
    now: options.clock(),
  });
  const { port } = await endpoint.listen({ host: '127.0.0.1', port: 0, tls });
  const proxy = new ConnectProxy({
    targets: new Map(hosts.map((host) => [`${host}:443`, port])),
    refused: options.refused,
  });
  const url = await proxy.listen(options.port);
  let caFile = certificateFile;
  if (endpointCaFile !== undefined) {
    caFile = join(directory, 'kms-ca-bundle.pem');
    writeFileSync(caFile, `${readFileSync(certificateFile, 'utf8')}${readFileSync(endpointCaFile, 'utf8')}`);
  }
  return { url, caFile, close: () => proxy.close() };
}
