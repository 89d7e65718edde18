import type { AccessKey } from './access-keys.js';
import { Secret } from './secret.js';
import type { Caller } from './service.js';
import { parseSignature } from './sigv4/parse-signature.js';
import type { WireRequest } from './sigv4/wire-request.js';
import { SignatureVerifier } from './verify-signature.js';

/** Keys of every kind, and a verifier whose clock stands still. */
export const now = Date.UTC(2026, 0, 2, 3, 4, 5);
export const region = 'eu-central-1';
export const caller: Caller = { accountId: '1', arn: 'arn:a', userId: 'AIDA', accessKeyId: 'AKIDLONG', type: 'user' };
export const longTerm = { accessKeyId: 'AKIDLONG', secretAccessKey: new Secret('long secret') };
export const temporary = {
  accessKeyId: 'ASIATEMP',
  secretAccessKey: new Secret('short secret'),
  sessionToken: new Secret('the/token+of=it'),
};
export const ended = { ...temporary, accessKeyId: 'ASIAENDED' };
const known: Record<string, AccessKey> = {
  AKIDLONG: { secret: longTerm.secretAccessKey, caller },
  ASIATEMP: { secret: temporary.secretAccessKey, sessionToken: temporary.sessionToken, expires: now + 1, caller },
  ASIAENDED: { secret: temporary.secretAccessKey, sessionToken: temporary.sessionToken, expires: now, caller },
};
export const accessKeys = { find: (id: string) => Promise.resolve(known[id]) };
const verifier = new SignatureVerifier({ accessKeys, region, clock: () => now });

export function verify(request: WireRequest, service = 'ecs'): Promise<Caller> {
  return (async () => verifier.verify(request, parseSignature(request), service))();
}
