import process from 'node:process';
import { membersOf, textOf, type XmlElement } from '../../platform/aws/outgoing/xml-element.js';
import { IAM_VERSION } from '../create-task-role.js';
import { connect, type ConnectionOptions } from './connect.js';

/** What an endpoint is asked. */
export interface PrincipalSimulation {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  /** Values by key. */
  readonly context: ReadonlyMap<string, readonly string[]>;
  /** Texts of policies beside those that the principal has. */
  readonly policies: readonly string[];
  readonly boundary: string | undefined;
  readonly resourcePolicy: string | undefined;
  readonly caller: string | undefined;
}

/**
 * The decision of the policies that an endpoint has. Exit status 0: allowed, 1: denied.
 * Rejects with the endpoint's AwsError.
 */
export async function simulatePrincipal(asked: PrincipalSimulation, options: ConnectionOptions): Promise<number> {
  const { query } = await connect(options);
  const answer = await query('iam', IAM_VERSION, 'SimulatePrincipalPolicy', parametersOf(asked));
  const [result] = membersOf(answer, 'EvaluationResults');
  const decision = textOf(result, 'EvalDecision');
  if (result === undefined || decision === undefined) throw new Error('the endpoint answered without a decision');
  process.stdout.write(
    `${[decision, `${asked.action} on ${asked.resource} for ${asked.principal}`, ...reasonLines(result)].join('\n')}\n`,
  );
  return decision === 'allowed' ? 0 : 1;
}

function parametersOf(asked: PrincipalSimulation): Record<string, string> {
  const parameters: Record<string, string> = {
    PolicySourceArn: asked.principal,
    'ActionNames.member.1': asked.action,
    'ResourceArns.member.1': asked.resource,
  };
  asked.policies.forEach((text, index) => (parameters[`PolicyInputList.member.${index + 1}`] = text));
  if (asked.boundary !== undefined) parameters['PermissionsBoundaryPolicyInputList.member.1'] = asked.boundary;
  if (asked.resourcePolicy !== undefined) parameters['ResourcePolicy'] = asked.resourcePolicy;
  if (asked.caller !== undefined) parameters['CallerArn'] = asked.caller;
  [...asked.context].forEach(([key, values], index) => {
    const entry = `ContextEntries.member.${index + 1}`;
    parameters[`${entry}.ContextKeyName`] = key;
    parameters[`${entry}.ContextKeyType`] = values.length === 1 ? 'string' : 'stringList';
    values.forEach((value, at) => (parameters[`${entry}.ContextKeyValues.member.${at + 1}`] = value));
  });
  return parameters;
}

function reasonLines(result: XmlElement): string[] {
  const lines: string[] = [];
  const matched = membersOf(result, 'MatchedStatements');
  lines.push(matched.length === 0 ? 'no statement decides' : 'by:');
  for (const statement of matched) lines.push(`  ${statementText(statement)}`);
  const limits = result.children.find(({ name }) => name === 'PermissionsBoundaryDecisionDetail');
  if (textOf(limits, 'AllowedByPermissionsBoundary') === 'false')
    lines.push('the permissions boundary does not allow it');
  const missing = membersOf(result, 'MissingContextValues').map(({ text }) => text);
  if (missing.length > 0) lines.push(`condition keys the request does not have: ${missing.join(', ')}`);
  return lines;
}

function statementText(statement: XmlElement): string {
  const [start, end] = ['StartPosition', 'EndPosition'].map((name) => {
    const position = statement.children.find((child) => child.name === name);
    return `${textOf(position, 'Line') ?? '?'}:${textOf(position, 'Column') ?? '?'}`;
  });
  const type = textOf(statement, 'SourcePolicyType') ?? 'none';
  const kind = type === 'none' ? '' : ` (${type})`;
  return `${textOf(statement, 'SourcePolicyId') ?? 'a policy'}${kind}, the statement from ${start ?? ''} to ${end ?? ''}`;
}
