import type { Caller } from '../../platform/aws/service.js';
import { kmsError } from './kms-error.js';

/** The only policy that a key has. */
export const KEY_POLICY_NAME = 'default';

/** KMS's own bound, tighter than its model's. Bytes. */
const MAX_POLICY_BYTES = 32_768;

/** The policy language, as far as a key policy is judged before it is kept. */
export interface KeyPolicyLanguage {
  /** What is wrong with the document; undefined when nothing is. */
  problemOf(document: string): string | undefined;
  /** Whether the policy, all that identities' policies could add given, lets this caller do the action to the key. */
  couldAllow(document: string, caller: Caller, action: string, keyArn: string): boolean;
}

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
export function requireKeyPolicy(language: KeyPolicyLanguage, policy: NewKeyPolicy): void {
  const { document, keyArn, caller, bypassLockoutCheck } = policy;
  if (Buffer.byteLength(document) > MAX_POLICY_BYTES) {
    throw kmsError.limitExceeded(`The key policy is longer than ${MAX_POLICY_BYTES} bytes.`);
  }
  const problem = language.problemOf(document);
  if (problem !== undefined) throw kmsError.malformedPolicy('The policy document is malformed.', problem);
  if (bypassLockoutCheck || language.couldAllow(document, caller, 'kms:PutKeyPolicy', keyArn)) return;
  throw kmsError.malformedPolicy(
    'The new key policy will not allow you to update the key policy in the future.',
    `no statement lets ${caller.arn} use kms:PutKeyPolicy`,
  );
}
