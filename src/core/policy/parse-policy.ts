import type { JsonMember, JsonTree } from './json-tree.js';
import { JsonSyntaxError, parseJson } from './parse-json.js';
import type { PolicyDocument, PolicyKind, PolicyStatement, PolicyVersion } from './policy-document.js';
import { MalformedPolicy, type PolicyProblem, ProblemList } from './policy-problem.js';
import { describeTree, type PolicyReading, readMembers } from './read-elements.js';
import { readStatement } from './read-statement.js';

/** A document, or everything that keeps it from being one. */
export type ParsedPolicy =
  | { readonly document: PolicyDocument; readonly problems?: undefined }
  | { readonly document?: undefined; readonly problems: readonly PolicyProblem[] };

const ELEMENTS = ['Version', 'Id', 'Statement'] as const;

/** Reads a policy as strictly as IAM does. Never throws, whatever the text; its length is for the caller to bound. */
export function parsePolicy(text: string, kind: PolicyKind): ParsedPolicy {
  const problems = new ProblemList(text);
  let tree: JsonTree;
  try {
    tree = parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    problems.add({ start: error.offset }, '', error.message);
    return { problems: problems.problems };
  }
  const document = readDocument(tree, kind, problems);
  return document === undefined || problems.problems.length > 0 ? { problems: problems.problems } : { document };
}

/** As {@link parsePolicy}; throws a {@link MalformedPolicy}, whose message is AWS's. */
export function requirePolicy(text: string, kind: PolicyKind): PolicyDocument {
  const { document, problems } = parsePolicy(text, kind);
  if (document === undefined) throw new MalformedPolicy(problems);
  return document;
}

function readDocument(tree: JsonTree, kind: PolicyKind, problems: ProblemList): PolicyDocument | undefined {
  if (tree.kind !== 'object') {
    problems.add(tree, '', `expected an object, found ${describeTree(tree)}`);
    return undefined;
  }
  const reading: PolicyReading = { kind, version: undefined, problems };
  const members = readMembers(reading, tree.members, '', ELEMENTS);
  const version = readVersion(members.get('Version'), problems);
  const id = members.get('Id');
  if (id !== undefined && id.value.kind !== 'string') {
    problems.add(id.value, 'Id', `expected a string, found ${describeTree(id.value)}`);
  }
  const statement = members.get('Statement');
  if (statement === undefined) problems.add(tree, '', 'no Statement: expected at least one');
  const statements = statement === undefined ? [] : readStatements({ ...reading, version }, statement.value);
  return { version, ...(id?.value.kind === 'string' && { id: id.value.value }), statements };
}

function readVersion(member: JsonMember | undefined, problems: ProblemList): PolicyVersion | undefined {
  if (member === undefined) return undefined;
  const { value } = member;
  if (value.kind === 'string' && (value.value === '2012-10-17' || value.value === '2008-10-17')) return value.value;
  const message = `expected '2012-10-17' or '2008-10-17', found ${describeTree(value)}`;
  problems.add(value, 'Version', message, 'Policy document must be version 2012-10-17 or greater.');
  return undefined;
}

function readStatements(reading: PolicyReading, tree: JsonTree): PolicyStatement[] {
  const { problems } = reading;
  if (tree.kind !== 'object' && tree.kind !== 'list') {
    problems.add(tree, 'Statement', `expected an object or a list of them, found ${describeTree(tree)}`);
    return [];
  }
  const items = tree.kind === 'object' ? [tree] : tree.items;
  if (items.length === 0) problems.add(tree, 'Statement', 'an empty list: expected at least one statement');
  const statements: PolicyStatement[] = [];
  const sids = new Set<string>();
  for (const [index, item] of items.entries()) {
    const path = tree.kind === 'object' ? 'Statement' : `Statement[${index}]`;
    const statement = readStatement(reading, item, path);
    if (statement === undefined) continue;
    const { sid } = statement;
    if (sid !== undefined && sid !== '') {
      if (sids.has(sid)) {
        const text = 'Statement IDs (SID) in a single policy must be unique.';
        problems.add(item, `${path}.Sid`, `'${sid}' is the Sid of another statement already`, text);
      }
      sids.add(sid);
    }
    statements.push(statement);
  }
  return statements;
}
