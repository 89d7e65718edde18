import { AwsError } from '../aws-error.js';

export const MAX_PARAMETERS = 10_000;
/** Parts of one name; `PolicyArns.member.1.arn` has four. */
export const MAX_NAME_PARTS = 32;

/** Query parameters as the tree that their dotted names make. */
export interface ParameterNode {
  value: string | undefined;
  readonly children: Map<string, ParameterNode>;
}

export function parameterTree(parameters: URLSearchParams): ParameterNode {
  const root = node();
  let count = 0;
  for (const [name, value] of parameters) {
    const parts = name.split('.', MAX_NAME_PARTS + 1);
    if (++count > MAX_PARAMETERS || parts.length > MAX_NAME_PARTS) {
      throw malformedQuery('The query string has too many parameters');
    }
    let place = root;
    for (const part of parts) {
      const next = place.children.get(part) ?? node();
      place.children.set(part, next);
      place = next;
    }
    place.value ??= value;
  }
  return root;
}

export function malformedQuery(message: string): AwsError {
  return new AwsError('MalformedQueryString', message);
}

function node(): ParameterNode {
  return { value: undefined, children: new Map() };
}
