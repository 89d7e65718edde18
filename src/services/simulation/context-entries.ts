import { expectedValue } from '../../core/policy/condition-values.js';
import type { OperatorFamily } from '../../core/policy/condition-operator.js';
import { invalidInput, validationError } from '../iam/iam-error.js';
import type { ContextEntry } from './simulation-input.js';

const FAMILIES: Readonly<Record<string, OperatorFamily>> = {
  string: 'string',
  numeric: 'numeric',
  boolean: 'bool',
  date: 'date',
  ip: 'ip',
  binary: 'binary',
};

/** `ContextEntries` as condition keys in lower case; of a key that is there twice the last counts. */
export function givenContext(entries: readonly ContextEntry[]): Map<string, readonly string[]> {
  const context = new Map<string, readonly string[]>();
  entries.forEach(({ ContextKeyName, ContextKeyType = 'string', ContextKeyValues = [] }, index) => {
    if (ContextKeyName === undefined) {
      const place = `contextEntries.${index + 1}.member.contextKeyName`;
      throw validationError(
        `1 validation error detected: Value null at '${place}' failed to satisfy constraint: Member must not be null`,
      );
    }
    const list = ContextKeyType.endsWith('List');
    if (!list && ContextKeyValues.length !== 1) {
      throw invalidInput(`Context key ${ContextKeyName} of type ${ContextKeyType} must have exactly one value.`);
    }
    const family = FAMILIES[list ? ContextKeyType.slice(0, -'List'.length) : ContextKeyType] ?? 'string';
    for (const value of ContextKeyValues) {
      if (expectedValue(family, value) === undefined) continue;
      throw invalidInput(`Invalid value ${value} for context key ${ContextKeyName} of type ${ContextKeyType}.`);
    }
    context.set(ContextKeyName.toLowerCase(), ContextKeyValues);
  });
  return context;
}
