import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  type EvaluationResult,
  PutRolePolicyCommand,
  SimulateCustomPolicyCommand,
  type SimulateCustomPolicyCommandInput,
  SimulatePrincipalPolicyCommand,
  type SimulatePrincipalPolicyCommandInput,
} from '@aws-sdk/client-iam';
import type { Authorization } from '../../platform/aws/access.js';
import { ACCOUNT, openIam, REGION, type TestIam, TRUST } from '../iam/iam.fixture.js';
import { createSimulation } from './simulation.js';

export { ACCOUNT, failure, REGION } from '../iam/iam.fixture.js';

export const NOW = Date.UTC(2026, 10, 25, 8);
export const TASK = `arn:aws:ecs:${REGION}:${ACCOUNT}:task/blue/0123456789abcdef0123456789abcdef`;

export interface TestSimulation extends TestIam {
  readonly simulate: (input: SimulatePrincipalPolicyCommandInput) => Promise<EvaluationResult[]>;
  readonly simulateCustom: (input: SimulateCustomPolicyCommandInput) => Promise<EvaluationResult[]>;
  /** A role with these statements in an inline policy `own`, and managed policies. Its ARN. */
  readonly role: (name: string, statements: readonly object[], managed?: readonly string[]) => Promise<string>;
}

/** IAM with the simulator, behind a real endpoint. */
export async function openSimulation(options: { authorization?: Authorization } = {}): Promise<TestSimulation> {
  const it = await openIam(undefined, {
    ...options,
    more: ({ principals }) => createSimulation({ principals, accountId: ACCOUNT, partition: 'aws', clock: () => NOW }),
  });
  const { client } = it;
  return {
    ...it,
    simulate: async (input) => (await client.send(new SimulatePrincipalPolicyCommand(input))).EvaluationResults ?? [],
    simulateCustom: async (input) =>
      (await client.send(new SimulateCustomPolicyCommand(input))).EvaluationResults ?? [],
    role: async (RoleName, statements, managed = []) => {
      await client.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST }));
      const own = { PolicyName: 'own', PolicyDocument: documentOf(...statements) };
      await client.send(new PutRolePolicyCommand({ RoleName, ...own }));
      for (const PolicyArn of managed) await client.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
      return `arn:aws:iam::${ACCOUNT}:role/${RoleName}`;
    },
  };
}

export function documentOf(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

export function allow(Action: string | string[], Resource: string | string[] = '*', Condition?: object): object {
  return { Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) };
}

export function deny(Action: string, Resource = '*'): object {
  return { Effect: 'Deny', Action, Resource };
}

/** Decisions by action. */
export function decisions(results: readonly EvaluationResult[]): Record<string, string> {
  return Object.fromEntries(
    results.map(({ EvalActionName = '', EvalDecision = '' }) => [EvalActionName, EvalDecision]),
  );
}
