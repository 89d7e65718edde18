import { requirePolicy } from './key-policy-check.js';
import { kmsError } from './kms-error.js';

/** The only policy that a key has. */
export const KEY_POLICY_NAME = 'default';

/** KMS's own bound, tighter than its model's. Bytes. */
const MAX_POLICY_BYTES = 32_768;

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

/**
 * Throws MalformedPolicyDocumentException, also when the caller could not change the policy again (unless told that
 * this is meant).
 */
export const requireKeyPolicy: typeof requirePolicy = (document, writer, keyArn, bypassLockoutCheck) => {
  if (Buffer.byteLength(document) > MAX_POLICY_BYTES) {
    throw kmsError.limitExceeded(`The key policy is longer than ${MAX_POLICY_BYTES} bytes.`);
  }
  requirePolicy(document, writer, keyArn, bypassLockoutCheck);
};
