import { expect, test } from 'vitest';
import { ecsPolicies } from './aws-managed-ecs-policies.js';
import { accessPolicies } from './aws-managed-access-policies.js';
import { serviceLinkedPolicies } from './aws-managed-service-linked-policies.js';
import { servicePolicies } from './aws-managed-service-policies.js';
import { checkDocument } from './check-document.js';
import { gangwayPolicies } from './gangway-managed-policies.js';
import { policyOf, TRUST } from './iam.fixture.js';

const refused = expect.objectContaining({ code: 'MalformedPolicyDocument', status: 400, reason: expect.any(String) });
const statement = { Effect: 'Allow', Action: 'ecs:*', Resource: '*' };
const identity = (...statements: unknown[]): string => JSON.stringify({ Version: '2012-10-17', Statement: statements });

test.each([...accessPolicies, ...servicePolicies, ...ecsPolicies, ...serviceLinkedPolicies, ...gangwayPolicies])(
  'the managed $name is a policy',
  ({ document }) => checkDocument('identity', JSON.stringify(document)),
);

test('well-formed ones', () => {
  checkDocument('identity', policyOf());
  checkDocument('identity', JSON.stringify({ Statement: statement }));
  checkDocument('trust', TRUST);
});

test.each([
  ['', '{', '1', 'null', '[]', '{}', '{"Version":"2012-10-17"}'],
  [identity(), identity(null), identity([]), identity({ ...statement, Effect: 'allow' })],
  [identity({ ...statement, Extra: 1 }), identity({ ...statement, NotAction: 'x:y' }), identity({ Effect: 'Allow' })],
  [identity({ ...statement, Principal: '*' }), JSON.stringify({ Version: '2013-01-01', Statement: [statement] })],
])('malformed ones', (...texts) => {
  for (const text of texts) expect(() => checkDocument('identity', text), text).toThrow(refused);
});

test('a trust policy has principals and no resources', () => {
  expect(() => checkDocument('trust', policyOf())).toThrow(refused);
  expect(() => checkDocument('trust', TRUST.replace('"Action"', '"Resource":"*","Action"'))).toThrow(refused);
  expect(() => checkDocument('identity', TRUST)).toThrow(refused);
});
