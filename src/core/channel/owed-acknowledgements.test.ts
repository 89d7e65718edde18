import { describe, expect, test } from 'vitest';
import { PayloadType } from '../protocol/payload-type.js';
import {
  ACKNOWLEDGE_DELAY,
  MAX_OWED_MESSAGES,
  MAX_PROMPT_PAYLOAD,
  OwedAcknowledgements,
} from './owed-acknowledgements.js';

function setUp(delay: number | undefined) {
  const sent: number[] = [];
  const owed = new OwedAcknowledgements({ now: () => 1_000 }, ({ sequenceNumber }) => sent.push(sequenceNumber));
  if (delay !== undefined) owed.allow(delay);
  const add = (sequenceNumber: number, length = 1, payloadType: number = PayloadType.Output): void =>
    owed.add({ messageId: 'id', sequenceNumber, payloadType, payload: new Uint8Array(length) });
  return { owed, sent, add };
}

describe('acknowledgements', () => {
  test('go at once to whoever has not agreed to wait', () => {
    const { owed, sent, add } = setUp(undefined);
    add(0);
    expect(sent).toEqual([0]);
    expect(owed.dueAt).toBeUndefined();
  });

  test('wait, in order, no longer than agreed', () => {
    const { owed, sent, add } = setUp(ACKNOWLEDGE_DELAY);
    add(0);
    add(1);
    expect(sent).toEqual([]);
    expect(owed.dueAt).toBe(1_000 + ACKNOWLEDGE_DELAY);
    owed.flush();
    owed.flush();
    expect(sent).toEqual([0, 1]);
    expect(owed.dueAt).toBeUndefined();
  });

  test.each([
    ['bulk', MAX_PROMPT_PAYLOAD + 1, PayloadType.Output],
    ['the exit status', 12, PayloadType.ExitCode],
  ])('do not wait for %s, and take along what was owed', (_what, length, payloadType) => {
    const { sent, add } = setUp(ACKNOWLEDGE_DELAY);
    add(0);
    add(1, length, payloadType);
    expect(sent).toEqual([0, 1]);
  });

  test('are not held back beyond a number', () => {
    const { sent, add } = setUp(ACKNOWLEDGE_DELAY);
    for (let number = 0; number < MAX_OWED_MESSAGES; number += 1) add(number);
    expect(sent).toHaveLength(MAX_OWED_MESSAGES);
  });

  test('of a lost socket are forgotten: what they are for comes again', () => {
    const { owed, sent, add } = setUp(ACKNOWLEDGE_DELAY);
    add(0);
    owed.clear();
    owed.flush();
    expect(sent).toEqual([]);
  });
});
