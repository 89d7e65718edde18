import type { CompiledPolicy } from '../../core/policy/compiled-policy.js';
import { compilePolicyText } from '../../core/policy/compile-policy.js';
import { decide } from '../../core/policy/decide.js';
import type { NamedPolicy } from '../../core/policy/policy-api.js';
import { MalformedPolicy } from '../../core/policy/policy-problem.js';
import type { Caller } from '../../platform/aws/service.js';
import { kmsError } from './kms-error.js';

/** The only policy that a key has. */
export const KEY_POLICY_NAME = 'default';

/** KMS's own bound, tighter than its model's. Bytes. */
const MAX_POLICY_BYTES = 32_768;

/** All that identities' policies could add. */
const EVERYTHING: NamedPolicy = {
  name: 'every right',
  policy: compilePolicyText('{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}', 'identity'),
};

/** Hands the key to the account: its identities' policies decide. What AWS gives a key that is made without one. */
export function defaultKeyPolicy(partition: string, accountId: string): string {
  return JSON.stringify(
    {
      Version: '2012-10-17',
      Id: 'key-default-1',
      Statement: [
        {
          Sid: 'Enable IAM User Permissions',
          Effect: 'Allow',
          Principal: { AWS: `arn:${partition}:iam::${accountId}:root` },
          Action: 'kms:*',
          Resource: '*',
        },
      ],
    },
    undefined,
    2,
  );
}

export interface NewKeyPolicy {
  readonly document: string;
  readonly keyArn: string;
  /** Who puts it. */
  readonly caller: Caller;
  /** The caller means it, should nobody be able to change the policy again. */
  readonly bypassLockoutCheck: boolean;
}

/** Throws MalformedPolicyDocumentException, also when the caller could not change the policy again. */
export function requireKeyPolicy({ document, keyArn, caller, bypassLockoutCheck }: NewKeyPolicy): void {
  if (Buffer.byteLength(document) > MAX_POLICY_BYTES) {
    throw kmsError.limitExceeded(`The key policy is longer than ${MAX_POLICY_BYTES} bytes.`);
  }
  const policy = compiled(document);
  if (bypassLockoutCheck || couldPutPolicy(policy, caller, keyArn)) return;
  throw kmsError.malformedPolicy(
    'The new key policy will not allow you to update the key policy in the future.',
    `no statement lets ${caller.arn} use kms:PutKeyPolicy`,
  );
}

function compiled(document: string): CompiledPolicy {
  try {
    return compilePolicyText(document, 'resource');
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    const places = error.problems.map(({ line, path, message }) => `line ${line}: ${path}: ${message}`);
    throw kmsError.malformedPolicy(error.message, places.join('; '));
  }
}

/** By this policy, whatever the caller's own policies are. It binds the root user too. */
function couldPutPolicy(policy: CompiledPolicy, { arn, accountId, type, session }: Caller, keyArn: string): boolean {
  const { decision } = decide({
    principal: {
      arn,
      accountId,
      ...(session && { roleArn: session.roleArn }),
      ...(type === 'root' && { isRoot: true }),
    },
    action: 'kms:PutKeyPolicy',
    resource: keyArn,
    context: new Map([
      ['kms:calleraccount', [accountId]],
      ['aws:principalarn', [session?.roleArn ?? arn]],
      ['aws:principalaccount', [accountId]],
    ]),
    identity: [EVERYTHING],
    resourcePolicy: { name: `new key policy of ${keyArn}`, policy, rule: 'must-allow' },
  });
  return decision === 'allowed';
}
