/** A hand-written schema with one member of every kind, in the layout that `shape.ts` describes. */
const namespace = 'test';

export const Inner = [3, namespace, 'Inner', 0, ['id', 'label'], [0, [0, { xmlName: 'Label' }]], 1];

export const Everything: unknown[] = [
  3,
  namespace,
  'Everything',
  0,
  [
    'name',
    'count',
    'flag',
    'when',
    'data',
    'any',
    'texts',
    'table',
    'inner',
    'inners',
    'self',
    'named',
    'flat',
    'choice',
  ],
  [
    0,
    1,
    2,
    4,
    21,
    15,
    64 | 0,
    128 | 0,
    () => Inner,
    () => [1, namespace, 'Inners', 0, [() => Inner, 0]],
    () => Everything,
    [() => [1, namespace, 'Named', 0, [0, { xmlName: 'item' }]], { xmlName: 'Names' }],
    [64 | 0, { xmlFlattened: 1 }],
    () => [4, namespace, 'Choice', 0, ['left', 'right'], [0, [0, namespace, 'Secret', 8, 1]]],
  ],
  1,
];
