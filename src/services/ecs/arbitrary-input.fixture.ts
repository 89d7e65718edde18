import fc from 'fast-check';

/** Kinds of shapes in the SDK's schemas: the first element of the array that stands for one. */
const Kind = Object.freeze({ list: 1, map: 2, structure: 3, union: 4 });

/** Inputs of the JSON types that a schema asks for; texts are often ones of `known`, members are often missing. */
export function arbitraryInput(schema: unknown, known: readonly string[], depth = 0): fc.Arbitrary<unknown> {
  const shape: unknown = typeof schema === 'function' ? (schema as () => unknown)() : schema;
  if (!Array.isArray(shape)) return simple(shape, known);
  const [kind, , , traits, names, members] = shape as [number, string, string, unknown, unknown, unknown];
  if (kind === Kind.structure || kind === Kind.union) {
    const shapes = members as unknown[];
    // Mostly absent: a request that is wrong everywhere is refused at the first thing that is wrong.
    const member = (inner: unknown): fc.Arbitrary<unknown> =>
      fc.oneof(
        { weight: depth === 0 ? 6 : 1, arbitrary: fc.constant(undefined) },
        {
          weight: depth > 5 ? 0 : 2,
          arbitrary: fc.constant(inner).chain((shape) => arbitraryInput(shape, known, depth + 1)),
        },
      );
    const entries = (names as string[]).map((name, index) => [name, member(shapes[index])]);
    return fc.record(Object.fromEntries(entries) as Record<string, fc.Arbitrary<unknown>>);
  }
  if (kind === Kind.list) return fc.array(arbitraryInput(names, known, depth + 1), { maxLength: 3 });
  if (kind === Kind.map) return fc.dictionary(text(known), arbitraryInput(members, known, depth + 1), { maxKeys: 2 });
  return simple(traits, known);
}

function text(known: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom(...known),
    fc.string({ maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 300 }),
  );
}

/** Numbers of the schema language: text, number, boolean, and timestamps from 4 on; 64 and 128 mark lists and maps. */
function simple(shape: unknown, known: readonly string[]): fc.Arbitrary<unknown> {
  const code = typeof shape === 'number' ? shape : 0;
  if (code >= 128) return fc.dictionary(text(known), simple(code - 128, known), { maxKeys: 2 });
  if (code >= 64) return fc.array(simple(code - 64, known), { maxLength: 3 });
  if (code === 1)
    return fc.oneof(
      fc.integer({ min: -3, max: 20 }),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
  if (code === 2) return fc.boolean();
  if (code >= 4 && code <= 7) return fc.integer({ min: 0, max: 4_000_000_000 });
  return text(known);
}
