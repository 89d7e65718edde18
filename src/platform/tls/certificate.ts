import { createHash, randomBytes, sign, type KeyObject } from 'node:crypto';
import { der, type Der } from './der.js';

const OID = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyId: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const;

/** Clocks of two machines differ: a certificate is valid from an hour before it is made. */
const SKEW_MS = 3_600_000;

interface Body {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly issuerKey: KeyObject;
  readonly now: number;
  readonly lifetimeMs: number;
  readonly extensions: readonly Der[];
}

export interface AuthorityRequest {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  /** Host names it may vouch for, and those below them; nothing else, and no addresses. */
  readonly permitted: readonly string[];
  readonly now: number;
  readonly lifetimeMs: number;
}

/** A self-signed authority (ECDSA P-256), bound to its names. PEM. */
export function authorityCertificate(request: AuthorityRequest): string {
  const { name, publicKey, privateKey, permitted, now, lifetimeMs } = request;
  const keyId = keyIdOf(publicKey);
  const constraints = der.sequence(
    der.explicit(0, ...permitted.map((host) => der.sequence(der.implicit(2, Buffer.from(host))))),
    // Every IPv4 and IPv6 address: network and mask of zeros.
    der.explicit(1, ...[8, 32].map((size) => der.sequence(der.implicit(7, Buffer.alloc(size))))),
  );
  return certificate({
    subject: name,
    issuer: name,
    publicKey,
    issuerKey: privateKey,
    now,
    lifetimeMs,
    extensions: [
      extension(OID.basicConstraints, true, der.sequence(der.boolean(true), der.integer(Buffer.from([0])))),
      // keyCertSign and cRLSign: bits 5 and 6.
      extension(OID.keyUsage, true, der.bitString(Buffer.from([0b0000_0110]), 1)),
      extension(OID.nameConstraints, true, constraints),
      extension(OID.subjectKeyId, false, der.octetString(keyId)),
    ],
  });
}

export interface ServerRequest {
  readonly hosts: readonly string[];
  readonly publicKey: KeyObject;
  readonly issuer: { readonly name: string; readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly now: number;
  readonly lifetimeMs: number;
}

/** A server's certificate for these host names, signed by the authority. PEM. */
export function serverCertificate({ hosts, publicKey, issuer, now, lifetimeMs }: ServerRequest): string {
  const names = der.sequence(...hosts.map((host) => der.implicit(2, Buffer.from(host))));
  return certificate({
    subject: hosts[0] ?? '',
    issuer: issuer.name,
    publicKey,
    issuerKey: issuer.privateKey,
    now,
    lifetimeMs,
    extensions: [
      extension(OID.basicConstraints, true, der.sequence()),
      // digitalSignature: bit 0.
      extension(OID.keyUsage, true, der.bitString(Buffer.from([0b1000_0000]), 7)),
      extension(OID.extKeyUsage, false, der.sequence(der.oid(OID.serverAuth))),
      extension(OID.subjectAltName, false, names),
      extension(OID.subjectKeyId, false, der.octetString(keyIdOf(publicKey))),
      extension(OID.authorityKeyId, false, der.sequence(der.implicit(0, keyIdOf(issuer.publicKey)))),
    ],
  });
}

function certificate({ subject, issuer, publicKey, issuerKey, now, lifetimeMs, extensions }: Body): string {
  const algorithm = der.sequence(der.oid(OID.ecdsaWithSha256));
  const body = der.sequence(
    // Version 3.
    der.explicit(0, der.integer(Buffer.from([2]))),
    der.integer(randomBytes(16)),
    algorithm,
    nameOf(issuer),
    der.sequence(der.time(now - SKEW_MS), der.time(now + lifetimeMs)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der.explicit(3, der.sequence(...extensions)),
  );
  const signature = sign('sha256', body, issuerKey);
  return pem(der.sequence(body, algorithm, der.bitString(signature)));
}

function extension(oid: string, critical: boolean, value: Der): Der {
  return der.sequence(der.oid(oid), ...(critical ? [der.boolean(true)] : []), der.octetString(value));
}

function nameOf(commonName: string): Der {
  return der.sequence(der.set(der.sequence(der.oid(OID.commonName), der.utf8String(commonName))));
}

/** RFC 7093, method 1: the first 160 bits of the key's SHA-256. */
function keyIdOf(publicKey: KeyObject): Buffer {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  // Uncompressed P-256 point: the last 65 bytes.
  return createHash('sha256').update(spki.subarray(-65)).digest().subarray(0, 20);
}

function pem(bytes: Der): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
