import { ExecuteCommandRequest$ } from '@aws-sdk/client-ecs';
import { expect, test } from 'vitest';
import { decodeJson } from './decode-json.js';
import { encodeJson } from './encode-json.js';
import { BOOLEAN, NUMBER, structureOf, TEXT, withMember } from './with-member.js';

const Ours = structureOf('Ours', { user: TEXT, debug: BOOLEAN, size: NUMBER });
const schema = withMember(ExecuteCommandRequest$, 'gangway', Ours);
const missing = (path: string): Error => new Error(`missing ${path}`);
const input = { command: 'ls', interactive: true, task: 't' };

test('the member is there both ways, checked as all others, and may be absent', () => {
  const value = { ...input, gangway: { user: 'nobody', debug: true, size: 3 } };
  expect(decodeJson(schema, { ...value, other: 1 }, missing)).toEqual(value);
  expect(encodeJson(schema, value)).toEqual(value);
  expect(decodeJson(schema, input, missing)).toEqual(input);
  expect(() => decodeJson(schema, { ...input, gangway: { user: 7 } }, missing)).toThrow(/at 'gangway.user'/);
  expect(() => decodeJson(schema, { ...input, gangway: 'x' }, missing)).toThrow(/Structure at 'gangway'/);
});

test('what is required stays required, and the SDK’s own schema is as it was', () => {
  expect(() => decodeJson(schema, { gangway: {} }, missing)).toThrow('missing command');
  expect(decodeJson(ExecuteCommandRequest$, { ...input, gangway: {} }, missing)).toEqual(input);
});

test('only a structure can have one, and each name once', () => {
  expect(() => withMember(0, 'a', TEXT)).toThrow(TypeError);
  expect(() => withMember(schema, 'gangway', TEXT)).toThrow('ExecuteCommandRequest has a member gangway');
});
