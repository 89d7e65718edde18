/** How the values of an operator are read. */
export type OperatorFamily = 'string' | 'numeric' | 'date' | 'bool' | 'binary' | 'ip' | 'arn' | 'null';
export type Comparison = 'equals' | 'fold' | 'like' | 'less' | 'less-or-equal' | 'greater' | 'greater-or-equal';

/** An operator of a `Condition`, taken apart. */
export interface ConditionOperator {
  readonly family: OperatorFamily;
  readonly comparison: Comparison;
  readonly negated: boolean;
  readonly ifExists: boolean;
  readonly set: 'none' | 'all' | 'any';
}

type Base = Pick<ConditionOperator, 'family' | 'comparison' | 'negated'>;

const base = (family: OperatorFamily, comparison: Comparison = 'equals', negated = false): Base => ({
  family,
  comparison,
  negated,
});

const BASES: Readonly<Record<string, Base>> = {
  StringEquals: base('string'),
  StringNotEquals: base('string', 'equals', true),
  StringEqualsIgnoreCase: base('string', 'fold'),
  StringNotEqualsIgnoreCase: base('string', 'fold', true),
  StringLike: base('string', 'like'),
  StringNotLike: base('string', 'like', true),
  NumericEquals: base('numeric'),
  NumericNotEquals: base('numeric', 'equals', true),
  NumericLessThan: base('numeric', 'less'),
  NumericLessThanEquals: base('numeric', 'less-or-equal'),
  NumericGreaterThan: base('numeric', 'greater'),
  NumericGreaterThanEquals: base('numeric', 'greater-or-equal'),
  DateEquals: base('date'),
  DateNotEquals: base('date', 'equals', true),
  DateLessThan: base('date', 'less'),
  DateLessThanEquals: base('date', 'less-or-equal'),
  DateGreaterThan: base('date', 'greater'),
  DateGreaterThanEquals: base('date', 'greater-or-equal'),
  Bool: base('bool'),
  BinaryEquals: base('binary'),
  IpAddress: base('ip'),
  NotIpAddress: base('ip', 'equals', true),
  // Equals and Like of ARNs are the same operator (ecs-api 7.2).
  ArnEquals: base('arn', 'like'),
  ArnLike: base('arn', 'like'),
  ArnNotEquals: base('arn', 'like', true),
  ArnNotLike: base('arn', 'like', true),
  Null: base('null'),
};

/** Undefined when IAM has no such operator; names are case-sensitive. */
export function conditionOperator(name: string): ConditionOperator | undefined {
  const [, prefix, rest = ''] = /^(ForAllValues:|ForAnyValue:)?([A-Za-z]*)$/.exec(name) ?? [];
  const ifExists = rest.endsWith('IfExists');
  const plain = ifExists ? rest.slice(0, -'IfExists'.length) : rest;
  const found = Object.hasOwn(BASES, plain) ? BASES[plain] : undefined;
  if (found === undefined) return undefined;
  // Whether a key is there at all is no question to its values, nor one that a missing key leaves open.
  if (found.family === 'null' && (ifExists || prefix !== undefined)) return undefined;
  const set = prefix === undefined ? 'none' : prefix === 'ForAllValues:' ? 'all' : 'any';
  return { ...found, ifExists, set };
}

/** Whether `${…}` in the values is a variable: IAM fills them in for strings and ARNs only. */
export function takesVariables({ family }: Pick<ConditionOperator, 'family'>): boolean {
  return family === 'string' || family === 'arn';
}
