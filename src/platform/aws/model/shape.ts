/**
 * The schema objects of `@aws-sdk/client-*` (and hand-written ones of the same form) as a tree that the four codecs
 * walk. This file alone knows how they are laid out:
 *
 *   simple       0 text, 1 number, 2 boolean, 4-7 timestamp, 15 document, 17 and 19 big number, 21 and 42 blob, 'unit'
 *   short forms  64 | simple: list of it; 128 | simple: map from text to it
 *   [0, namespace, name, traits, ref]                                      simple with a name
 *   [1, namespace, name, traits, memberRef]                                list
 *   [2, namespace, name, traits, keyRef, valueRef]                         map
 *   [3 | 4 | -3, namespace, name, traits, memberNames, memberRefs, requiredCount]   structure, union, error
 *   [ref, traits]                                                          a ref with traits of its own
 *
 * A ref is one of these or a function that gives one. The first `requiredCount` members are required.
 */
export type Shape = ScalarShape | ListShape | MapShape | StructureShape;

export interface ScalarShape {
  readonly kind: 'string' | 'number' | 'boolean' | 'timestamp' | 'blob' | 'document';
}

export interface ListShape {
  readonly kind: 'list';
  readonly member: Target;
}

export interface MapShape {
  readonly kind: 'map';
  readonly value: Target;
}

export interface StructureShape {
  readonly kind: 'structure';
  readonly name: string;
  readonly members: readonly Member[];
}

/** Where a shape stands: in a list, a map or a structure, with the traits of that place. */
export class Target {
  /** Name of the element in XML and of the parameter in a query, where it is not the usual one. */
  readonly xmlName: string | undefined;
  /** Lists and maps without a wrapping element. */
  readonly flattened: boolean;
  readonly #ref: unknown;
  #shape: Shape | undefined;

  constructor(ref: unknown) {
    let traits: { xmlName?: string; xmlFlattened?: 1 } = {};
    let inner = ref;
    while (isMember(inner)) {
      // The outermost traits win: they are the place's own.
      if (typeof inner[1] === 'object') traits = { ...inner[1], ...traits };
      inner = inner[0];
    }
    this.xmlName = traits.xmlName;
    this.flattened = traits.xmlFlattened === 1;
    this.#ref = inner;
  }

  /** Looked up when first needed: shapes may contain themselves. */
  get shape(): Shape {
    return (this.#shape ??= shapeOf(this.#ref));
  }
}

export class Member extends Target {
  readonly name: string;
  readonly required: boolean;

  constructor(name: string, ref: unknown, required: boolean) {
    super(ref);
    this.name = name;
    this.required = required;
  }
}

const scalarKinds: Readonly<Record<number, ScalarShape['kind']>> = {
  0: 'string',
  1: 'number',
  2: 'boolean',
  4: 'timestamp',
  5: 'timestamp',
  6: 'timestamp',
  7: 'timestamp',
  15: 'document',
  17: 'number',
  19: 'number',
  21: 'blob',
  42: 'blob',
};
const LIST_OF = 64;
const MAP_OF = 128;

/** Remembers what each schema object itself says, so that it is read once. */
const shapes = new WeakMap<object, Shape>();

export function shapeOf(schema: unknown): Shape {
  if (typeof schema === 'function') return shapeOf((schema as () => unknown)());
  if (typeof schema === 'number') return readNumber(schema);
  if (isUnit(schema)) return { kind: 'structure', name: 'Unit', members: [] };
  if (isMember(schema)) return shapeOf(schema[0]);
  if (!Array.isArray(schema)) throw new TypeError('not a schema of the AWS SDK');
  const known = shapes.get(schema);
  if (known !== undefined) return known;
  const shape = readArray(schema);
  shapes.set(schema, shape);
  return shape;
}

/** True for operations without input or output. */
export function isUnit(schema: unknown): boolean {
  return schema === undefined || schema === 'unit';
}

function isMember(schema: unknown): schema is readonly [ref: unknown, traits: object | number] {
  return Array.isArray(schema) && schema.length === 2;
}

function readNumber(schema: number): Shape {
  if (schema >= MAP_OF) return { kind: 'map', value: new Target(schema - MAP_OF) };
  if (schema >= LIST_OF) return { kind: 'list', member: new Target(schema - LIST_OF) };
  const kind = scalarKinds[schema];
  if (kind === undefined) throw new TypeError(`unknown schema ${schema}`);
  return { kind };
}

function readArray(schema: readonly unknown[]): Shape {
  const [type, , name, , first, second, requiredCount = 0] = schema;
  switch (type) {
    case 0:
      return shapeOf(first);
    case 1:
      return { kind: 'list', member: new Target(first) };
    case 2:
      return { kind: 'map', value: new Target(second) };
    case 3:
    case 4:
    case -3: {
      const refs = second as readonly unknown[];
      const members = (first as readonly string[]).map(
        (member, index) => new Member(member, refs[index], index < Number(requiredCount)),
      );
      return { kind: 'structure', name: String(name), members };
    }
    default:
      throw new TypeError(`unknown schema type ${String(type)}`);
  }
}
