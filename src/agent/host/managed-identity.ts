import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomUUID,
} from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AwsClient } from '../../platform/aws/aws-client.js';
import type { Trust } from '../../platform/aws/trust.js';
import { explained } from './explained.js';

/** Where the endpoint is, before there is anybody to ask it as. */
export interface Endpoint {
  readonly endpointUrl: string;
  readonly region: string;
  readonly ca?: Trust;
}

/** What lets a host join: CreateActivation's answer. */
export interface ActivationKey {
  readonly id: string;
  readonly code: string;
}

/** Who this host is to Systems Manager. */
export interface ManagedIdentity {
  /** `mi-…` */
  readonly instanceId: string;
  readonly privateKey: KeyObject;
  readonly fingerprint: string;
}

/** As AWS's agent makes them. */
const RSA_BITS = 2048;
const FILE = 'managed-instance.json';
export const SSM_TARGET_PREFIX = 'AmazonSSM';

interface Kept {
  /** Absent until the endpoint has answered: with the same key the host can ask again. */
  readonly instanceId?: string;
  readonly privateKey: string;
  readonly fingerprint: string;
}

/** The identity that this host has, if it ever joined. Throws when its file cannot be read. */
export async function readManagedIdentity(directory: string): Promise<ManagedIdentity | undefined> {
  const kept = await readKept(directory);
  if (kept?.instanceId === undefined) return undefined;
  return { instanceId: kept.instanceId, privateKey: privateKeyOf(kept, directory), fingerprint: kept.fingerprint };
}

/**
 * Makes this host a managed instance. What it is known by is written down before it is sent, so that an answer that is
 * lost costs no activation. Rejects with an AwsError, its `reason` for the operator, or the system's error.
 */
export async function registerManagedInstance(
  directory: string,
  endpoint: Endpoint,
  activation: ActivationKey,
): Promise<ManagedIdentity> {
  const kept = (await readKept(directory)) ?? (await newIdentity());
  await writeKept(directory, kept);
  const privateKey = privateKeyOf(kept, directory);
  const client = new AwsClient({
    endpoint: endpoint.endpointUrl,
    region: endpoint.region,
    signer: ({ headers }) => Promise.resolve({ ...headers }),
    ...(endpoint.ca !== undefined && { ca: endpoint.ca }),
  });
  try {
    const answer = await client.json('ssm', SSM_TARGET_PREFIX, 'RegisterManagedInstance', {
      ActivationId: activation.id,
      ActivationCode: activation.code,
      PublicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64'),
      PublicKeyType: 'Rsa',
      Fingerprint: kept.fingerprint,
    });
    const { InstanceId: instanceId } = answer as { InstanceId?: unknown };
    if (typeof instanceId !== 'string') throw new Error('RegisterManagedInstance answered without InstanceId');
    await writeKept(directory, { ...kept, instanceId });
    return { instanceId, privateKey, fingerprint: kept.fingerprint };
  } catch (error) {
    throw explained(error, REMEDIES);
  } finally {
    client.close();
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  InvalidActivation: 'the endpoint knows no such activation, or it has another code: create a new one',
  ActivationExpired: 'the activation has expired: create a new one',
  RegistrationLimitExceeded:
    'the activation has been used as often as it may: create a new one, or one with a higher registration limit',
  InstanceAlreadyRegistered:
    "this host's key is registered with another activation: start it with an empty data directory",
};

async function newIdentity(): Promise<Kept> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: RSA_BITS });
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    fingerprint: await machineFingerprint(),
  };
}

/**
 * The same on one machine and another on the next, so that a copied directory is noticed; systemd's id itself is not
 * for others to know (machine-id(5)). Where there is none, as in a container, a random one.
 */
async function machineFingerprint(): Promise<string> {
  const machineId = await readFile('/etc/machine-id', 'utf8').catch(() => '');
  if (!/^[0-9a-f]{32}\s*$/.test(machineId)) return randomUUID();
  const hash = createHmac('sha256', machineId.trim()).update('gangway managed instance').digest('hex');
  return hash.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

async function readKept(directory: string): Promise<Kept | undefined> {
  const path = join(directory, FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const kept = JSON.parse(text) as Partial<Kept>;
    if (typeof kept.privateKey === 'string' && typeof kept.fingerprint === 'string') return kept as Kept;
  } catch {
    // Said below.
  }
  throw new Error(`${path} is damaged: remove it and join with a new activation`);
}

/** At once, and readable by its owner only. */
async function writeKept(directory: string, kept: Kept): Promise<void> {
  const path = join(directory, FILE);
  await writeFile(`${path}.new`, `${JSON.stringify(kept)}\n`, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
}

function privateKeyOf({ privateKey }: Kept, directory: string): KeyObject {
  try {
    return createPrivateKey(privateKey);
  } catch (error) {
    throw new Error(`${join(directory, FILE)} is damaged: remove it and join with a new activation`, { cause: error });
  }
}
