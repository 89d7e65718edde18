import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { authorityCertificate, serverCertificate } from './certificate.js';

const DAY_MS = 86_400_000;
const AUTHORITY_LIFETIME_MS = 10 * 365 * DAY_MS;
/** What clients still take of a server's certificate. */
const SERVER_LIFETIME_MS = 397 * DAY_MS;

export interface LocalAuthorityOptions {
  readonly certificateFile: string;
  /** Written with mode 0600. */
  readonly keyFile: string;
  /** Of the authority; another name, for example of another region, is another authority. */
  readonly name: string;
  /** What it may vouch for, and does. */
  readonly hosts: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * A certificate for the hosts from an authority of this machine's own, which is made at first use and kept. It is made
 * anew when it is not the one asked for, does not match its key, or would expire before the certificate. PEM texts.
 */
export function localCertificate(options: LocalAuthorityOptions): { readonly cert: string; readonly key: string } {
  const authority = kept(options) ?? made(options);
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cert = serverCertificate({
    hosts: options.hosts,
    publicKey,
    issuer: {
      name: options.name,
      publicKey: createPublicKey(authority.privateKey),
      privateKey: authority.privateKey,
    },
    now: options.now,
    lifetimeMs: SERVER_LIFETIME_MS,
  });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { cert: `${cert}${authority.pem}`, key };
}

interface Authority {
  readonly pem: string;
  readonly privateKey: KeyObject;
}

function kept({ certificateFile, keyFile, name, now }: LocalAuthorityOptions): Authority | undefined {
  try {
    const pem = readFileSync(certificateFile, 'utf8');
    const privateKey = createPrivateKey(readFileSync(keyFile));
    const certificate = new X509Certificate(pem);
    const good =
      certificate.subject === `CN=${name}` &&
      certificate.checkPrivateKey(privateKey) &&
      Date.parse(certificate.validTo) > now + SERVER_LIFETIME_MS;
    return good ? { pem, privateKey } : undefined;
  } catch {
    // Not there, or not what it should be.
    return undefined;
  }
}

function made({ certificateFile, keyFile, name, hosts, now }: LocalAuthorityOptions): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = authorityCertificate({
    name,
    publicKey,
    privateKey,
    permitted: hosts,
    now,
    lifetimeMs: AUTHORITY_LIFETIME_MS,
  });
  replace(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 0o600);
  replace(certificateFile, pem, 0o644);
  return { pem, privateKey };
}

/** Never half of it, and never in a file that was there with a wider mode. */
function replace(path: string, text: string, mode: number): void {
  const fresh = `${path}.${process.pid}.new`;
  writeFileSync(fresh, text, { mode, flag: 'wx' });
  renameSync(fresh, path);
}
