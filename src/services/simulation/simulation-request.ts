import { invalidInput, validationError } from '../iam/iam-error.js';
import type { SimulationInput } from './simulation-input.js';

const ACTION = /^[A-Za-z0-9-]+:[A-Za-z0-9]+$/;
const ACCOUNT_ARN = /^arn:[\w-]+:iam::(\d{12}):\S+$/;

/** What is asked, action by action. */
export interface Asked {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Whether the resources were named; without any it is `*`. */
  readonly named: boolean;
}

/** Throws ValidationError and InvalidInput. Resources are literal: what an ARN names need not be there, nor make sense. */
export function askedFor({
  ActionNames = [],
  ResourceArns = [],
}: Pick<SimulationInput, 'ActionNames' | 'ResourceArns'>): Asked {
  if (ActionNames.length === 0) {
    throw validationError(
      "1 validation error detected: Value '[]' at 'actionNames' failed to satisfy constraint: " +
        'Member must have length greater than or equal to 1',
    );
  }
  for (const action of ActionNames) {
    if (!ACTION.test(action)) throw invalidInput(`Invalid Action Name: ${action}`);
  }
  for (const resource of ResourceArns) {
    if (resource !== '*' && !/^arn:./.test(resource)) {
      throw invalidInput(`ResourceNames are not in a valid ARN format: ${resource}.`);
    }
  }
  const named = ResourceArns.length > 0;
  return { actions: ActionNames, resources: named ? ResourceArns : ['*'], named };
}

/** Account that `ResourceOwner` names. Throws InvalidInput. */
export function ownerAccount(owner: string): string {
  const [, account] = ACCOUNT_ARN.exec(owner) ?? [];
  // The words, and the slip in them, are AWS's.
  if (account === undefined) throw invalidInput(`'${owner}' is not a valid as a Resource Owner.`);
  return account;
}
