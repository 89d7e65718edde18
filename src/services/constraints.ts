/** What the service model says of a member. Lengths are of characters, bytes or elements; numbers have bounds. */
export interface Constraint {
  readonly required?: true;
  readonly length?: readonly [least: number, most: number];
  readonly range?: readonly [least: number, most: number];
  readonly pattern?: RegExp;
  readonly values?: readonly string[];
  /** Of each element of a list. */
  readonly each?: Constraint | Readonly<Record<string, Constraint>>;
}

export type Constraints = Readonly<Record<string, Constraint>>;

/** All that is wrong, in the words of AWS's validator; undefined when nothing is. */
export function violations(constraints: Constraints, input: object): string | undefined {
  const problems: string[] = [];
  collect(constraints, input as Readonly<Record<string, unknown>>, '', problems);
  if (problems.length === 0) return undefined;
  const found = `${problems.length} validation error${problems.length === 1 ? '' : 's'} detected`;
  return `${found}: ${problems.join('; ')}`;
}

/** A required member is absent; `path` has the model's names, the text begins each in lower case. */
export function missingText(path: string): string {
  const field = path.replace(/(^|\.)[A-Z]/g, (start) => start.toLowerCase());
  return `1 validation error detected: Value null at '${field}' failed to satisfy constraint: Member must not be null`;
}

function collect(
  constraints: Constraints,
  input: Readonly<Record<string, unknown>>,
  prefix: string,
  problems: string[],
): void {
  for (const [name, constraint] of Object.entries(constraints)) {
    const path = `${prefix}${name.charAt(0).toLowerCase()}${name.slice(1)}`;
    check(constraint, input[name], path, problems);
  }
}

function check(constraint: Constraint, value: unknown, path: string, problems: string[]): void {
  const { required, length, range, pattern, values, each } = constraint;
  const violated = (rule: string): void => {
    problems.push(`Value ${shown(value)} at '${path}' failed to satisfy constraint: Member must ${rule}`);
  };
  if (value === undefined) {
    if (required) violated('not be null');
    return;
  }
  const size = sizeOf(value);
  if (length !== undefined && size !== undefined) {
    if (size < length[0]) violated(`have length greater than or equal to ${length[0]}`);
    if (size > length[1]) violated(`have length less than or equal to ${length[1]}`);
  }
  if (range !== undefined && typeof value === 'number') {
    if (!Number.isInteger(value)) violated('be an integer');
    else if (value < range[0]) violated(`have value greater than or equal to ${range[0]}`);
    else if (value > range[1]) violated(`have value less than or equal to ${range[1]}`);
  }
  if (typeof value === 'string') {
    if (pattern?.test(value) === false) violated(`satisfy regular expression pattern: ${pattern.source}`);
    if (values?.includes(value) === false) violated(`satisfy enum value set: [${values.join(', ')}]`);
  }
  if (each !== undefined && Array.isArray(value)) {
    for (const [index, element] of (value as readonly unknown[]).entries()) {
      const place = `${path}.${index + 1}.member`;
      if (isConstraint(each)) check(each, element, place, problems);
      else collect(each, element as Readonly<Record<string, unknown>>, `${place}.`, problems);
    }
  }
}

function isConstraint(each: Constraint | Readonly<Record<string, Constraint>>): each is Constraint {
  return Array.isArray((each as Constraint).length);
}

function sizeOf(value: unknown): number | undefined {
  return typeof value === 'string' || value instanceof Uint8Array || Array.isArray(value) ? value.length : undefined;
}

function shown(value: unknown): string {
  if (value === undefined) return 'null';
  // What AWS's Java shows of a blob: its size, not its bytes.
  if (value instanceof Uint8Array) {
    return `'java.nio.HeapByteBuffer[pos=0 lim=${value.length} cap=${value.length}]'`;
  }
  if (Array.isArray(value)) return `'[${value.map(String).join(', ')}]'`;
  return typeof value === 'string' || typeof value === 'number' ? `'${value}'` : `'${JSON.stringify(value)}'`;
}
