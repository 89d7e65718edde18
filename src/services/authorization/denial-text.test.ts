import { expect, test } from 'vitest';
import type { Decision } from '../../core/policy/policy-api.js';
import { denialText } from './denial-text.js';

const ANN = 'arn:aws:iam::123456789012:user/ann';
const denied: Decision = { decision: 'implicitDeny', policyType: 'identity', reasons: [], missingContextKeys: [] };

test('a refusal shows the name that its table gives in the place of an ARN, and nothing of the ARN', () => {
  const resource = { arn: 'arn:aws:iam::123456789012:user/hidden/path/ben', shownAs: 'user ben' };
  expect(denialText(ANN, 'iam:GetUser', resource, denied)).toBe(
    `User: ${ANN} is not authorized to perform: iam:GetUser on resource: user ben ` +
      'because no identity-based policy allows the iam:GetUser action',
  );
});
