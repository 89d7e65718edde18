import type { JsonMember, JsonTree } from './json-tree.js';
import type { PolicyKind, PolicyVersion } from './policy-document.js';
import type { ProblemList } from './policy-problem.js';

/** What the readers of a document's parts share. */
export interface PolicyReading {
  readonly kind: PolicyKind;
  readonly version: PolicyVersion | undefined;
  readonly problems: ProblemList;
}

export function describeTree(tree: JsonTree): string {
  switch (tree.kind) {
    case 'object':
      return 'an object';
    case 'list':
      return 'a list';
    case 'string':
      return `'${shortened(tree.value)}'`;
    case 'number':
      return shortened(tree.text);
    case 'boolean':
      return String(tree.value);
    case 'null':
      return 'null';
  }
}

/** A message must not repeat a whole document. */
export function shortened(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}

/** Members by name; names that are twice there or unknown are told. `known` undefined: any name. */
export function readMembers(
  { problems }: PolicyReading,
  members: readonly JsonMember[],
  path: string,
  known?: readonly string[],
): Map<string, JsonMember> {
  const found = new Map<string, JsonMember>();
  for (const member of members) {
    const { name, at } = member;
    const inner = joinPath(path, name);
    if (found.has(name)) problems.add(at, inner, `'${shortened(name)}' is there twice`);
    else found.set(name, member);
    if (known !== undefined && !known.includes(name)) {
      const meant = known.find((one) => one.toLowerCase() === name.toLowerCase());
      const hint = meant === undefined ? `expected one of ${known.join(', ')}` : `did you mean '${meant}'?`;
      problems.add(at, inner, `unknown element '${shortened(name)}': ${hint}`);
    }
  }
  return found;
}

export function joinPath(path: string, name: string): string {
  const short = shortened(name);
  return path === '' ? short : `${path}.${short}`;
}

/** One string or a list of them, with where each stands. Others are told, as is an empty list. */
export function readStrings(
  { problems }: PolicyReading,
  tree: JsonTree,
  path: string,
  emptyText?: string,
): { readonly value: string; readonly tree: JsonTree; readonly path: string }[] {
  const items = tree.kind === 'list' ? tree.items : [tree];
  if (items.length === 0) problems.add(tree, path, 'an empty list: expected at least one string', emptyText);
  const strings: { value: string; tree: JsonTree; path: string }[] = [];
  for (const [index, item] of items.entries()) {
    const inner = tree.kind === 'list' ? `${path}[${index}]` : path;
    if (item.kind === 'string') strings.push({ value: item.value, tree: item, path: inner });
    else
      problems.add(
        item,
        inner,
        `expected a string${tree.kind === 'list' ? '' : ' or a list'}, found ${describeTree(item)}`,
      );
  }
  return strings;
}
