import { randomUUID } from 'node:crypto';
import { CreateKeyRequest$, CreateKeyResponse$, type CreateKeyRequest } from '@aws-sdk/client-kms';
import type { Operation } from '../../platform/aws/service.js';
import { shape } from './constraints.js';
import type { Key } from './key.js';
import { KeyAccess, tagConditions } from './key-access.js';
import { keyMetadata } from './key-metadata.js';
import { defaultKeyPolicy, requireKeyPolicy } from './key-policy.js';
import { keyStore } from './key-store.js';
import { keyTagStore } from './key-tag-store.js';
import { kmsError } from './kms-error.js';
import { kmsOperation } from './kms-operation.js';
import type { KmsParts } from './kms-parts.js';
import { requireTags } from './key-tags.js';

const KEY_SPECS =
  'RSA_2048 RSA_3072 RSA_4096 ECC_NIST_P256 ECC_NIST_P384 ECC_NIST_P521 ECC_SECG_P256K1 ECC_NIST_EDWARDS25519 SYMMETRIC_DEFAULT HMAC_224 HMAC_256 HMAC_384 HMAC_512 SM2 ML_DSA_44 ML_DSA_65 ML_DSA_87'.split(
    ' ',
  );
const KEY_USAGES = ['SIGN_VERIFY', 'ENCRYPT_DECRYPT', 'GENERATE_VERIFY_MAC', 'KEY_AGREEMENT'];
const ORIGINS = ['AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'];

export function createKey(parts: KmsParts): Operation {
  const { database, clock, accountId, partition, materials, references } = parts;
  const access = new KeyAccess(parts);

  return kmsOperation({
    name: 'CreateKey',
    input: CreateKeyRequest$,
    output: CreateKeyResponse$,
    constraints: {
      Policy: shape.policy,
      Description: shape.description,
      KeySpec: { values: KEY_SPECS },
      CustomerMasterKeySpec: { values: KEY_SPECS },
      KeyUsage: { values: KEY_USAGES },
      Origin: { values: ORIGINS },
      Tags: shape.tags,
    },
    access(input: CreateKeyRequest, context) {
      const tags = tagConditions(input.Tags ?? []);
      const conditions = {
        'kms:KeySpec': keySpecOf(input),
        'kms:KeyUsage': input.KeyUsage ?? 'ENCRYPT_DECRYPT',
        'kms:KeyOrigin': input.Origin ?? 'AWS_KMS',
        'kms:MultiRegion': String(input.MultiRegion ?? false),
        'kms:BypassPolicyLockoutSafetyCheck': String(input.BypassPolicyLockoutSafetyCheck ?? false),
        ...tags,
      };
      const create = access.onEverything('kms:CreateKey', context, conditions);
      if (Object.keys(tags).length === 0) return create;
      const every = { arn: references.keyArn('*') };
      return [...create, { action: 'kms:TagResource', resources: [every], conditions }];
    },
    async run(input, { caller }) {
      requireSymmetric(input);
      const tags = requireTags(input.Tags ?? []);
      const id = randomUUID();
      const arn = references.keyArn(id);
      const { Policy, BypassPolicyLockoutSafetyCheck: bypass = false } = input;
      if (Policy !== undefined) {
        requireKeyPolicy({ document: Policy, keyArn: arn, caller, bypassLockoutCheck: bypass });
      }
      const key: Key = {
        id,
        description: input.Description ?? '',
        state: 'Enabled',
        createdAt: clock(),
        deletionAt: undefined,
        policy: Policy ?? defaultKeyPolicy(partition, accountId),
        materialVersion: 1,
        rotationDays: undefined,
        nextRotationAt: undefined,
      };
      await database.transaction(async (queries) => {
        await keyStore.put(queries, key);
        await materials.create(queries, id, 1, key.createdAt, undefined);
        await keyTagStore.put(queries, id, tags);
      });
      return { KeyMetadata: keyMetadata(key, arn, accountId) };
    },
  });
}

/** Sessions need symmetric keys made here; of the others AWS's own words say what is not there. */
function requireSymmetric(input: CreateKeyRequest): void {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- callers still send it, and AWS still takes it
  if (input.KeySpec !== undefined && input.CustomerMasterKeySpec !== undefined) {
    throw kmsError.validation(
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    );
  }
  const spec = keySpecOf(input);
  if (spec !== 'SYMMETRIC_DEFAULT') throw kmsError.unsupported(`KeySpec ${spec} is not supported.`);
  if (input.KeyUsage !== undefined && input.KeyUsage !== 'ENCRYPT_DECRYPT') {
    throw kmsError.validation(`KeyUsage ${input.KeyUsage} is not compatible with KeySpec ${spec}`);
  }
  if (input.Origin !== undefined && input.Origin !== 'AWS_KMS') {
    throw kmsError.unsupported(`Origin ${input.Origin} is not supported.`);
  }
  if (input.CustomKeyStoreId !== undefined || input.XksKeyId !== undefined) {
    throw kmsError.unsupported('Custom key stores are not supported.');
  }
  if (input.MultiRegion === true) throw kmsError.unsupported('Multi-Region keys are not supported.');
}

function keySpecOf(input: CreateKeyRequest): string {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- callers still send it, and AWS still takes it
  return input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
}
