/** Structure of the SDK's schemas: `[3, namespace, name, traits, memberNames, memberRefs, requiredCount]`. */
const STRUCTURE = 3;
const LIST = 1;

/**
 * A structure of the SDK with one more member, which may be absent: what a request or an answer has here and not at
 * AWS. The SDK's own is left as it is. Throws a TypeError for what is no structure, and for a name that is taken.
 */
export function withMember(schema: unknown, name: string, ref: unknown): readonly unknown[] {
  if (!Array.isArray(schema) || schema[0] !== STRUCTURE) throw new TypeError('not a structure of the AWS SDK');
  const [type, namespace, structure, traits, names, refs, requiredCount = 0] = schema as readonly unknown[];
  if ((names as readonly string[]).includes(name)) throw new TypeError(`${String(structure)} has a member ${name}`);
  // Required members come first: one at the end is none of them.
  const members = [...(names as readonly string[]), name];
  return [type, namespace, structure, traits, members, [...(refs as readonly unknown[]), ref], requiredCount];
}

/** A structure of the SDK, one member of which is another than AWS's. Throws a TypeError when there is no such member. */
export function withMemberAs(schema: unknown, name: string, ref: unknown): readonly unknown[] {
  if (!Array.isArray(schema) || schema[0] !== STRUCTURE) throw new TypeError('not a structure of the AWS SDK');
  const [type, namespace, structure, traits, names, refs, requiredCount = 0] = schema as readonly unknown[];
  const at = (names as readonly string[]).indexOf(name);
  if (at < 0) throw new TypeError(`${String(structure)} has no member ${name}`);
  return [type, namespace, structure, traits, names, (refs as readonly unknown[]).toSpliced(at, 1, ref), requiredCount];
}

/** A list of such members. */
export function listOf(name: string, member: unknown): readonly unknown[] {
  return [LIST, 'gangway', name, 0, member];
}

/** A structure of our own, every member of which may be absent; refs as the SDK has them, for example {@link TEXT}. */
export function structureOf(name: string, members: Readonly<Record<string, unknown>>): readonly unknown[] {
  return [STRUCTURE, 'gangway', name, 0, Object.keys(members), Object.values(members), 0];
}

export const TEXT = 0;
export const NUMBER = 1;
export const BOOLEAN = 2;
export const TIMESTAMP = 4;
