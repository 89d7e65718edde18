import { membersOf, textOf, type XmlElement } from '../../platform/aws/outgoing/xml-element.js';
import type { DoctorApi } from './doctor-api.js';
import { ask, type Fact } from './fact.js';

/** What the policies say to one action. */
export interface Verdict {
  readonly action: string;
  /** `*` for every one. */
  readonly resource: string;
  readonly decision: 'allowed' | 'explicitDeny' | 'implicitDeny';
  /** Policies whose statements decided, as IAM calls them. */
  readonly policies?: readonly string[];
  /** Condition keys that policies look at and nobody could say. */
  readonly missingKeys: readonly string[];
}

export interface Question {
  readonly actions: readonly string[];
  /** Absent: any. */
  readonly resource?: string;
  readonly context?: Readonly<Record<string, string>>;
}

/** iam:SimulatePrincipalPolicy: identity policies and boundary of `source`; resource policies are not looked at. */
export function simulate(
  api: DoctorApi,
  source: string,
  { actions, resource, context = {} }: Question,
): Promise<Fact<readonly Verdict[]>> {
  const parameters: Record<string, string> = { PolicySourceArn: source };
  actions.forEach((action, index) => (parameters[`ActionNames.member.${index + 1}`] = action));
  if (resource !== undefined) parameters['ResourceArns.member.1'] = resource;
  Object.entries(context).forEach(([key, value], index) => {
    const entry = `ContextEntries.member.${index + 1}`;
    parameters[`${entry}.ContextKeyName`] = key;
    parameters[`${entry}.ContextKeyType`] = 'string';
    parameters[`${entry}.ContextKeyValues.member.1`] = value;
  });
  return ask(async () => {
    const answer = await api.query('iam', 'SimulatePrincipalPolicy', parameters);
    const verdicts = membersOf(answer, 'EvaluationResults').map((result): Verdict => {
      const decision = textOf(result, 'EvalDecision');
      return {
        action: textOf(result, 'EvalActionName') ?? '',
        resource: textOf(result, 'EvalResourceName') ?? '*',
        decision: decision === 'allowed' || decision === 'explicitDeny' ? decision : 'implicitDeny',
        policies: policiesOf(result),
        missingKeys: membersOf(result, 'MissingContextValues').map(({ text }) => text),
      };
    });
    for (const action of actions) {
      if (!verdicts.some((one) => one.action.toLowerCase() === action.toLowerCase()))
        throw new Error(`SimulatePrincipalPolicy answered without a decision on ${action}`);
    }
    return verdicts;
  });
}

function policiesOf(result: XmlElement): readonly string[] {
  const names = membersOf(result, 'MatchedStatements').map((statement) => textOf(statement, 'SourcePolicyId') ?? '');
  return [...new Set(names)].filter((name) => name !== '');
}

/** All verdicts, or why one of the answers is not known. */
export function joined(facts: readonly Fact<readonly Verdict[]>[]): Fact<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const fact of facts) {
    if (!fact.known) return fact;
    verdicts.push(...fact.value);
  }
  return { known: true, value: verdicts };
}
