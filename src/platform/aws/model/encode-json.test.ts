import { DescribeTasksResponse$, ExecuteCommandResponse$ } from '@aws-sdk/client-ecs';
import { expect, test } from 'vitest';
import { encodeJson } from './encode-json.js';
import { Everything } from './model-schemas.fixture.js';

test('only members that the schema knows are written', () => {
  const session = { sessionId: 's', streamUrl: 'u', tokenValue: 't', tokenHash: 'internal' };
  expect(encodeJson(ExecuteCommandResponse$, { session, interactive: true, secret: 1 })).toEqual({
    interactive: true,
    session: { sessionId: 's', streamUrl: 'u', tokenValue: 't' },
  });
});

test('dates are epoch seconds with milliseconds, undefined and null are left out', () => {
  const task = { createdAt: new Date(1700000000123), startedAt: undefined, stoppedAt: null, version: 0, tags: [] };
  expect(encodeJson(DescribeTasksResponse$, { tasks: [task], failures: [] })).toEqual({
    tasks: [{ createdAt: 1700000000.123, version: 0, tags: [] }],
    failures: [],
  });
});

test('bytes, maps, lists and unions', () => {
  const value = {
    data: new Uint8Array([0, 1, 255]),
    table: { a: 'b', c: undefined },
    flat: ['x'],
    choice: { left: 'l' },
  };
  expect(encodeJson(Everything, value)).toEqual({ ...value, data: 'AAH/', table: { a: 'b' } });
});

test('an operation without output gives {}', () => {
  expect(encodeJson('unit', undefined)).toEqual({});
  expect(encodeJson(undefined, { x: 1 })).toEqual({});
});
