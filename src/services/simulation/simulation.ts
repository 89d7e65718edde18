import { GetContextKeysForPolicyResponse$, SimulatePolicyResponse$ } from '@aws-sdk/client-iam';
import type { AccessQuestion } from '../../platform/aws/access.js';
import type { Operation } from '../../platform/aws/service.js';
import { iamOperation } from '../iam/iam-operation.js';
import { contextKeysOf } from './policy-context-keys.js';
import type { CustomInput, CustomKeysInput, PrincipalInput, PrincipalKeysInput } from './simulation-input.js';
import { simulateCustomPolicy, simulatePrincipalPolicy } from './simulate-policies.js';
import { requireEntityPolicies } from './entity-policies.js';
import { givenPolicies } from './simulated-policy.js';
import type { SimulationParts } from './simulation-parts.js';

/** The operations of IAM that try policies out (ecs-api 6.3), to be listed beside the others of that service. */
export function createSimulation(parts: SimulationParts): readonly Operation[] {
  const { principals } = parts;
  const onEntity =
    (action: string) =>
    async ({ PolicySourceArn = '' }: PrincipalKeysInput): Promise<AccessQuestion[]> => {
      const known = await principals.policiesOf(PolicySourceArn);
      const resource = { arn: PolicySourceArn, ...(known !== undefined && { tags: known.tags }) };
      return [{ action: `iam:${action}`, resources: [resource] }];
    };
  const onEverything = (action: string) => (): AccessQuestion[] => [
    { action: `iam:${action}`, resources: [{ arn: '*' }] },
  ];
  const keys = { output: GetContextKeysForPolicyResponse$ };
  const results = { output: SimulatePolicyResponse$ };
  return [
    {
      ...iamOperation('SimulatePrincipalPolicy', onEntity('SimulatePrincipalPolicy'), (input: PrincipalInput) =>
        simulatePrincipalPolicy(parts, input),
      ),
      ...results,
    },
    {
      ...iamOperation('SimulateCustomPolicy', onEverything('SimulateCustomPolicy'), (input: CustomInput) =>
        simulateCustomPolicy(parts, input),
      ),
      ...results,
    },
    {
      ...iamOperation(
        'GetContextKeysForPrincipalPolicy',
        onEntity('GetContextKeysForPrincipalPolicy'),
        async ({ PolicySourceArn = '', PolicyInputList = [] }: PrincipalKeysInput) => {
          const { identity, boundary } = await requireEntityPolicies(principals, PolicySourceArn);
          const given = givenPolicies('PolicyInputList', PolicyInputList, 'identity');
          return contextKeysOf([...identity, ...(boundary === undefined ? [] : [boundary]), ...given]);
        },
      ),
      ...keys,
    },
    {
      ...iamOperation(
        'GetContextKeysForCustomPolicy',
        onEverything('GetContextKeysForCustomPolicy'),
        ({ PolicyInputList = [] }: CustomKeysInput) =>
          Promise.resolve(contextKeysOf(givenPolicies('PolicyInputList', PolicyInputList, 'identity'))),
      ),
      ...keys,
    },
  ];
}
