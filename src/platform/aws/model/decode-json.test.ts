import { ExecuteCommandRequest$, RegisterTaskDefinitionRequest$ } from '@aws-sdk/client-ecs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AwsError } from '../aws-error.js';
import { decodeJson } from './decode-json.js';
import { Everything } from './model-schemas.fixture.js';

class Missing extends Error {}
const decode = (value: unknown, schema: unknown = Everything): unknown =>
  decodeJson(schema, value, (path) => new Missing(path));

test('every kind of value', () => {
  const value = {
    name: 'ü',
    count: 1.5,
    flag: false,
    when: 1700000000.123,
    data: 'AAH/',
    any: { x: [1, null] },
    texts: ['a', ''],
    table: { k: 'v', __proto__x: 'y' },
    inner: { id: 'i', label: 'l' },
    inners: [{ id: '1' }, { id: '2' }],
    self: { name: 'n', self: { name: 'm' } },
    named: ['x'],
    flat: ['y'],
    choice: { right: 5 },
  };
  expect(decode(value)).toEqual({ ...value, when: new Date(1700000000123), data: new Uint8Array([0, 1, 255]) });
});

test('unknown members and nulls are dropped, at every depth', () => {
  const value = {
    name: 'n',
    extra: 1,
    count: null,
    inner: { id: 'i', extra: {}, label: null },
    table: { a: null, b: 'c' },
  };
  expect(decode(value)).toEqual({ name: 'n', inner: { id: 'i' }, table: { b: 'c' } });
});

test('a key such as __proto__ is a key like any other', () => {
  const value = JSON.parse('{"name":"n","table":{"__proto__":"x"},"__proto__":{"count":3}}') as unknown;
  const result = decode(value) as { table: object; count?: number };
  expect(Object.entries(result.table)).toEqual([['__proto__', 'x']]);
  expect(result.count).toBeUndefined();
});

test.each([
  [{ name: 5 }, "NUMBER_VALUE can not be converted to a String at 'name'"],
  [{ name: 'n', count: '2' }, "STRING_VALUE can not be converted to a Number at 'count'"],
  [{ name: 'n', flag: 'true' }, "STRING_VALUE can not be converted to a Boolean at 'flag'"],
  [{ name: 'n', when: '2026-01-01' }, "STRING_VALUE can not be converted to a Timestamp at 'when'"],
  [{ name: 'n', when: 1e300 }, "NUMBER_VALUE can not be converted to a Timestamp at 'when'"],
  [{ name: 'n', data: 'no base64!' }, "STRING_VALUE can not be converted to a Blob at 'data'"],
  [{ name: 'n', texts: 'x' }, "STRING_VALUE can not be converted to a List at 'texts'"],
  [{ name: 'n', texts: { 0: 'x' } }, "START_OBJECT can not be converted to a List at 'texts'"],
  [{ name: 'n', texts: ['a', null] }, "NULL_VALUE can not be converted to a String at 'texts.2.member'"],
  [{ name: 'n', table: ['x'] }, "START_ARRAY can not be converted to a Map at 'table'"],
  [{ name: 'n', table: { k: 1 } }, "NUMBER_VALUE can not be converted to a String at 'table.k'"],
  [
    { name: 'n', inners: [{ id: 'a' }, { id: true }] },
    "BOOLEAN_VALUE can not be converted to a String at 'inners.2.member.id'",
  ],
  [[], 'START_ARRAY can not be converted to a Structure'],
  ['x', 'STRING_VALUE can not be converted to a Structure'],
  [null, 'NULL_VALUE can not be converted to a Structure'],
])('%j is refused: %s', (value, message) => {
  expect(() => decode(value)).toThrow(
    expect.objectContaining({ code: 'SerializationException', message, status: 400 }),
  );
});

test('an absent required member is reported with its place', () => {
  expect(() => decode({})).toThrow(new Missing('name'));
  expect(() => decode({ name: null })).toThrow(new Missing('name'));
  expect(() => decode({ name: 'n', inners: [{ id: '1' }, {}] })).toThrow(new Missing('inners.2.member.id'));
});

test('a value nested without end is refused, not a crash', () => {
  let value: unknown = { name: 'n' };
  for (let depth = 0; depth < 100_000; depth++) value = { name: 'n', self: value };
  expect(() => decode(value)).toThrow(expect.objectContaining({ code: 'SerializationException' }));
});

test('any JSON gives a value or a named error', () => {
  const known = fc.constantFrom(
    'name',
    'count',
    'when',
    'data',
    'texts',
    'table',
    'inner',
    'inners',
    'self',
    'choice',
    'id',
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.jsonValue({ maxDepth: 1 }),
      fc.dictionary(known, tie('tree')),
      fc.array(tie('tree')),
    ),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      try {
        decode(value);
      } catch (error) {
        expect(error instanceof AwsError || error instanceof Missing).toBe(true);
      }
    }),
  );
});

describe('the schemas of the SDK', () => {
  test('ExecuteCommand', () => {
    const input = { cluster: 'demo', task: 't', command: '/bin/sh', interactive: true };
    expect(decode({ ...input, unknown: 1 }, ExecuteCommandRequest$)).toEqual(input);
    expect(() => decode({ task: 't', interactive: true }, ExecuteCommandRequest$)).toThrow(new Missing('command'));
    expect(() => decode({ ...input, interactive: 'yes' }, ExecuteCommandRequest$)).toThrow(/'interactive'/);
  });

  test('RegisterTaskDefinition', () => {
    const containers = [
      {
        name: 'c',
        image: 'i',
        portMappings: [{ containerPort: 80 }],
        environment: [{ name: 'A', value: 'b' }],
        logConfiguration: { logDriver: 'awslogs', options: { a: 'b' } },
        linuxParameters: { initProcessEnabled: true },
      },
    ];
    const input = { family: 'f', containerDefinitions: containers, runtimePlatform: { cpuArchitecture: 'ARM64' } };
    expect(decode(input, RegisterTaskDefinitionRequest$)).toEqual(input);
    const wrong = { family: 'f', containerDefinitions: [{ name: 'c', memory: '512' }] };
    expect(() => decode(wrong, RegisterTaskDefinitionRequest$)).toThrow(
      "STRING_VALUE can not be converted to a Number at 'containerDefinitions.1.member.memory'",
    );
  });
});
