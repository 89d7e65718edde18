import { type ConditionOperator, conditionOperator, takesVariables } from './condition-operator.js';
import { expectedValue } from './condition-values.js';
import type { JsonTree } from './json-tree.js';
import { variableProblem } from './pattern-token.js';
import type { ConditionElement } from './policy-document.js';
import { describeTree, joinPath, type PolicyReading, readMembers, shortened } from './read-elements.js';

/** A vendor, a colon, and whatever a tag's key may be. */
const KEY = /^[A-Za-z0-9._/*-]+:\S(?:.*\S)?$/s;

/** `Condition`, one entry for each key of each operator. */
export function readConditions(reading: PolicyReading, tree: JsonTree, path: string): ConditionElement[] {
  const { problems } = reading;
  if (tree.kind !== 'object') {
    problems.add(tree, path, `expected an object of operators, found ${describeTree(tree)}`);
    return [];
  }
  const conditions: ConditionElement[] = [];
  for (const { name, at, value } of readMembers(reading, tree.members, path).values()) {
    const operator = conditionOperator(name);
    const inner = joinPath(path, name);
    if (operator === undefined) problems.add(at, inner, `unknown operator '${shortened(name)}'`);
    else conditions.push(...readKeys(reading, name, operator, value, inner));
  }
  return conditions;
}

function readKeys(
  reading: PolicyReading,
  name: string,
  operator: ConditionOperator,
  tree: JsonTree,
  path: string,
): ConditionElement[] {
  const { problems } = reading;
  if (tree.kind !== 'object') {
    problems.add(tree, path, `expected an object of condition keys, found ${describeTree(tree)}`);
    return [];
  }
  const conditions: ConditionElement[] = [];
  for (const { name: key, at, value } of readMembers(reading, tree.members, path).values()) {
    const inner = joinPath(path, key);
    if (!KEY.test(key)) {
      const text = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.';
      problems.add(at, inner, `expected a condition key such as aws:SourceIp, found '${shortened(key)}'`, text);
    }
    conditions.push({ operator: name, key, values: readValues(reading, operator, value, inner) });
  }
  return conditions;
}

function readValues(reading: PolicyReading, operator: ConditionOperator, tree: JsonTree, path: string): string[] {
  const { problems, version } = reading;
  const items = tree.kind === 'list' ? tree.items : [tree];
  if (items.length === 0) problems.add(tree, path, 'an empty list: expected at least one value');
  const values: string[] = [];
  for (const [index, item] of items.entries()) {
    const inner = tree.kind === 'list' ? `${path}[${index}]` : path;
    const value = scalar(item);
    if (value === undefined) {
      problems.add(item, inner, `expected a string, a number or a boolean, found ${describeTree(item)}`);
      continue;
    }
    values.push(value);
    const expected = expectedValue(operator.family, value);
    if (expected !== undefined) problems.add(item, inner, `expected ${expected}, found ${describeTree(item)}`);
    const variable = takesVariables(operator) && version === '2012-10-17' ? variableProblem(value) : undefined;
    if (variable !== undefined) problems.add(item, inner, variable);
  }
  return values;
}

function scalar(tree: JsonTree): string | undefined {
  switch (tree.kind) {
    case 'string':
      return tree.value;
    case 'number':
      return tree.text;
    case 'boolean':
      return String(tree.value);
    default:
      return undefined;
  }
}
