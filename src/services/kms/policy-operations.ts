import {
  GetKeyPolicyRequest$,
  GetKeyPolicyResponse$,
  ListKeyPoliciesRequest$,
  ListKeyPoliciesResponse$,
  PutKeyPolicyRequest$,
} from '@aws-sdk/client-kms';
import type { GetKeyPolicyRequest, ListKeyPoliciesRequest, PutKeyPolicyRequest } from '@aws-sdk/client-kms';
import type { Operation } from '../../platform/aws/service.js';
import { shape } from './constraints.js';
import { KeyAccess } from './key-access.js';
import { changeKey } from './key-change.js';
import { KEY_POLICY_NAME, requireKeyPolicy } from './key-policy.js';
import { kmsError } from './kms-error.js';
import { EMPTY_OUTPUT, kmsOperation } from './kms-operation.js';
import type { KmsParts } from './kms-parts.js';
import { readMarker } from './page.js';

export function policyOperations(parts: KmsParts): readonly Operation[] {
  const { database, references } = parts;
  const access = new KeyAccess(parts);

  return [
    kmsOperation({
      name: 'GetKeyPolicy',
      input: GetKeyPolicyRequest$,
      output: GetKeyPolicyResponse$,
      constraints: { KeyId: shape.keyId, PolicyName: shape.policyName },
      access: ({ KeyId = '' }: GetKeyPolicyRequest, context) => access.onKey('kms:GetKeyPolicy', KeyId, context),
      async run({ KeyId = '', PolicyName }) {
        const { policy } = await references.find(database, KeyId, false);
        requirePolicyName(PolicyName);
        return { Policy: policy, PolicyName: KEY_POLICY_NAME };
      },
    }),
    kmsOperation({
      name: 'PutKeyPolicy',
      input: PutKeyPolicyRequest$,
      output: EMPTY_OUTPUT,
      constraints: {
        KeyId: shape.keyId,
        PolicyName: shape.policyName,
        Policy: { required: true, ...shape.policy },
      },
      access: ({ KeyId = '', BypassPolicyLockoutSafetyCheck = false }: PutKeyPolicyRequest, context) =>
        access.onKey('kms:PutKeyPolicy', KeyId, context, {
          conditions: { 'kms:BypassPolicyLockoutSafetyCheck': String(BypassPolicyLockoutSafetyCheck) },
        }),
      async run({ KeyId = '', PolicyName, Policy = '', BypassPolicyLockoutSafetyCheck = false }, { caller }) {
        await changeKey(parts, KeyId, (key, arn) => {
          requirePolicyName(PolicyName);
          requireKeyPolicy({
            document: Policy,
            keyArn: arn,
            caller,
            bypassLockoutCheck: BypassPolicyLockoutSafetyCheck,
          });
          return { ...key, policy: Policy };
        });
        return {};
      },
    }),
    kmsOperation({
      name: 'ListKeyPolicies',
      input: ListKeyPoliciesRequest$,
      output: ListKeyPoliciesResponse$,
      constraints: { KeyId: shape.keyId, Limit: shape.limit, Marker: shape.marker },
      access: ({ KeyId = '' }: ListKeyPoliciesRequest, context) => access.onKey('kms:ListKeyPolicies', KeyId, context),
      async run({ KeyId = '', ...input }) {
        await references.find(database, KeyId, false);
        readMarker('ListKeyPolicies', input);
        return { PolicyNames: [KEY_POLICY_NAME], Truncated: false };
      },
    }),
  ];
}

function requirePolicyName(name: string | undefined): void {
  if (name !== undefined && name !== KEY_POLICY_NAME) throw kmsError.noSuchPolicy();
}
