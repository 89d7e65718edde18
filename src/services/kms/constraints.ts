import { violations, type Constraint, type Constraints } from '../constraints.js';
import { kmsError } from './kms-error.js';

export type { Constraints } from '../constraints.js';

const GRANT_TOKENS: Constraint = { length: [0, 10], each: { length: [1, 8192] } };

/** The shapes of KMS's model that several operations have. */
export const shape = Object.freeze({
  keyId: { required: true, length: [1, 2048] } as const satisfies Constraint,
  optionalKeyId: { length: [1, 2048] } as const satisfies Constraint,
  aliasName: { required: true, length: [1, 256], pattern: /^[a-zA-Z0-9:/_-]+$/ } as const satisfies Constraint,
  plaintext: { required: true, length: [1, 4096] } as const satisfies Constraint,
  ciphertext: { required: true, length: [1, 6144] } as const satisfies Constraint,
  numberOfBytes: { range: [1, 1024] } as const satisfies Constraint,
  description: { length: [0, 8192] } as const satisfies Constraint,
  policy: { length: [1, 131_072], pattern: /^[\u0009\u000A\u000D\u0020-\u00FF]+$/ } as const satisfies Constraint,
  policyName: { length: [1, 128], pattern: /^[\w]+$/ } as const satisfies Constraint,
  marker: { length: [1, 1024], pattern: /^[\u0020-\u00FF]*$/ } as const satisfies Constraint,
  limit: { range: [1, 1000] } as const satisfies Constraint,
  tags: {
    each: { TagKey: { required: true, length: [1, 128] }, TagValue: { required: true, length: [0, 256] } },
  } as const satisfies Constraint,
  tagKeys: { required: true, each: { length: [1, 128] } } as const satisfies Constraint,
  grantTokens: GRANT_TOKENS,
});

/** Throws ValidationException with all that is wrong, in the words of AWS's validator. */
export function requireConstraints(constraints: Constraints, input: object): void {
  const problem = violations(constraints, input);
  if (problem !== undefined) throw kmsError.validation(problem);
}
