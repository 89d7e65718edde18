import { AwsError } from '../../platform/aws/aws-error.js';
import { invalidInput } from '../iam/iam-error.js';
import { givenContext } from './context-entries.js';
import { requireEntityPolicies } from './entity-policies.js';
import { type ResultPage, resultPage } from './result-page.js';
import { knownCaller, requireCallerArn, type SimulatedCaller, simulatedCaller } from './simulated-caller.js';
import { givenPolicies, givenPolicy, type SimulatedPolicy } from './simulated-policy.js';
import type { CustomInput, PrincipalInput, SimulationInput } from './simulation-input.js';
import { simulateAction } from './simulation-of-action.js';
import { askedFor, ownerAccount } from './simulation-request.js';
import type { SimulationParts } from './simulation-parts.js';

/** With the policies of a user, group or role, and more if wanted. */
export async function simulatePrincipalPolicy(parts: SimulationParts, input: PrincipalInput): Promise<ResultPage> {
  if (input.PolicyExclusionList !== undefined) throw notSimulated('PolicyExclusionList');
  const { entity, id, tags, identity, boundary } = await requireEntityPolicies(
    parts.principals,
    input.PolicySourceArn ?? '',
  );
  const named = input.CallerArn;
  if (input.ResourcePolicy !== undefined && named === undefined && entity.kind !== 'user') {
    throw callerRequired('the PolicySourceArn is not the ARN of an IAM user');
  }
  const caller =
    named === undefined
      ? simulatedCaller(entity, { tags, ...(id !== undefined && { id }) })
      : await knownCaller(parts.principals, requireCallerArn(named));
  const given = givenPolicies('PolicyInputList', input.PolicyInputList ?? [], 'identity');
  return simulate(parts, input, { caller, identity: [...identity, ...given], boundary });
}

/** With the policies of the request alone. */
export async function simulateCustomPolicy(parts: SimulationParts, input: CustomInput): Promise<ResultPage> {
  if (input.OrderedOrganizationPolicyInputList !== undefined) throw notSimulated('OrderedOrganizationPolicyInputList');
  const { CallerArn } = input;
  if (input.ResourcePolicy !== undefined && CallerArn === undefined) throw callerRequired('there is a ResourcePolicy');
  const caller = CallerArn === undefined ? undefined : await knownCaller(parts.principals, requireCallerArn(CallerArn));
  const identity = givenPolicies('PolicyInputList', input.PolicyInputList ?? [], 'identity');
  return simulate(parts, input, { caller, identity, boundary: undefined });
}

interface Own {
  readonly caller: SimulatedCaller | undefined;
  readonly identity: readonly SimulatedPolicy[];
  readonly boundary: SimulatedPolicy | undefined;
}

function simulate({ clock }: SimulationParts, input: SimulationInput, own: Own): Promise<ResultPage> {
  const { actions, resources, named } = askedFor(input);
  const {
    ContextEntries = [],
    PermissionsBoundaryPolicyInputList: boundaries = [],
    ResourcePolicy,
    ResourceOwner,
  } = input;
  if (boundaries.length > 1) throw invalidInput('Only one permissions boundary policy can be simulated.');
  const [boundary = own.boundary] = givenPolicies('PermissionsBoundaryPolicyInputList', boundaries, 'identity');
  const now = clock();
  const simulation = {
    ...own,
    boundary,
    context: new Map<string, readonly string[]>([
      ['aws:currenttime', [new Date(now).toISOString()]],
      ['aws:epochtime', [String(Math.floor(now / 1000))]],
      ...(own.caller?.context ?? []),
      // What is said of the request counts before what is known: it is being tried out.
      ...givenContext(ContextEntries),
    ]),
    resourcePolicy:
      ResourcePolicy === undefined ? undefined : givenPolicy('ResourcePolicy', ResourcePolicy, 'resource'),
    owner: ResourceOwner === undefined ? undefined : ownerAccount(ResourceOwner),
  };
  const result = (index: number) => {
    const action = actions[Math.floor(index / resources.length)] ?? '';
    return simulateAction(simulation, action, resources[index % resources.length] ?? '*', named);
  };
  return resultPage(actions.length * resources.length, result, input);
}

function callerRequired(why: string): AwsError {
  return invalidInput(`CallerArn is required when ${why}.`);
}

/** Rather refused than left out of the answer in silence. */
function notSimulated(member: string): AwsError {
  return new AwsError('InvalidInput', `${member} is not supported.`, {
    reason: `${member}: only policies of the account are simulated; leave it out`,
  });
}
