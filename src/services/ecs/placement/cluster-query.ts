import type { Comparison, Expression } from './cluster-query-parser.js';

/** What an expression can ask of a container instance. */
export interface QuerySubject {
  readonly agentConnected: boolean;
  readonly agentVersion?: string | undefined;
  readonly ec2InstanceId: string;
  /** Milliseconds since the epoch. */
  readonly registeredAt: number;
  readonly runningTasksCount: number;
  /** Groups of the tasks on it, for example `service:api`. */
  readonly taskGroups: readonly string[];
  readonly attributes: readonly { readonly name?: string | undefined; readonly value?: string | undefined }[];
}

export function satisfies(subject: QuerySubject, expression: Expression): boolean {
  switch (expression.kind) {
    case 'not':
      return !satisfies(subject, expression.of);
    case 'and':
      return expression.parts.every((part) => satisfies(subject, part));
    case 'or':
      return expression.parts.some((part) => satisfies(subject, part));
    case 'comparison':
      return holds(expression, facts(subject, expression.subject));
  }
}

/** Of `task:group` there are as many as the instance has tasks; of an attribute that is not there, none. */
function facts(subject: QuerySubject, name: string): readonly string[] {
  switch (name) {
    case 'agentConnected':
      return [String(subject.agentConnected)];
    case 'agentVersion':
      return subject.agentVersion === undefined ? [] : [subject.agentVersion];
    case 'ec2InstanceId':
      return [subject.ec2InstanceId];
    case 'registeredAt':
      return [new Date(subject.registeredAt).toISOString()];
    case 'runningTasksCount':
      return [String(subject.runningTasksCount)];
    case 'task:group':
      return subject.taskGroups;
    default: {
      const attribute = name.slice('attribute:'.length);
      return subject.attributes.filter((one) => one.name === attribute).map(({ value = '' }) => value);
    }
  }
}

/** What is not there is unlike every value: `!=`, `!in` and `!~` hold of it. */
function holds({ subject, operator, values, pattern }: Comparison, found: readonly string[]): boolean {
  const [value = ''] = values;
  const some = (test: (fact: string) => boolean): boolean => found.some(test);
  const compared = (test: (order: number) => boolean): boolean =>
    some((fact) => {
      const order = compare(subject, fact, value);
      return order !== undefined && test(order);
    });
  const equals = (fact: string, other: string): boolean => fact === other || compare(subject, fact, other) === 0;
  switch (operator) {
    case 'exists':
      return found.length > 0;
    case '!exists':
      return found.length === 0;
    case '==':
      return some((fact) => equals(fact, value));
    case '!=':
      return !some((fact) => equals(fact, value));
    case 'in':
      return some((fact) => values.some((other) => equals(fact, other)));
    case '!in':
      return !some((fact) => values.some((other) => equals(fact, other)));
    case '=~':
      return some((fact) => pattern?.matches(fact) === true);
    case '!~':
      return !some((fact) => pattern?.matches(fact) === true);
    case '<':
      return compared((order) => order < 0);
    case '<=':
      return compared((order) => order <= 0);
    case '>':
      return compared((order) => order > 0);
    case '>=':
      return compared((order) => order >= 0);
  }
}

/** Negative, zero or positive; undefined when the two have no order. */
function compare(subject: string, fact: string, value: string): number | undefined {
  if (subject === 'registeredAt') return difference(Date.parse(fact), Date.parse(value));
  if (subject === 'agentVersion') return compareVersions(fact, value);
  if (!NUMBER.test(fact) || !NUMBER.test(value)) return undefined;
  return difference(Number(fact), Number(value));
}

const NUMBER = /^-?[0-9]{1,15}(\.[0-9]{1,15})?$/;

function compareVersions(fact: string, value: string): number | undefined {
  const [mine, other] = [fact, value].map((version) =>
    version
      .replace(/^v/, '')
      .split('.')
      .map((part) => (/^[0-9]{1,9}$/.test(part) ? Number(part) : NaN)),
  );
  if (mine === undefined || other === undefined) return undefined;
  for (let index = 0; index < Math.max(mine.length, other.length); index++) {
    const step = difference(mine[index] ?? 0, other[index] ?? 0);
    if (step !== 0) return step;
  }
  return 0;
}

function difference(first: number, second: number): number | undefined {
  return Number.isNaN(first) || Number.isNaN(second) ? undefined : first - second;
}
