import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acknowledgedNumber, encodeAcknowledge, parseAcknowledge } from './acknowledge.js';
import { hasBytesAt } from './has-bytes-at.js';
import { MessageType } from './message-type.js';

const messageId = '01234567-89ab-cdef-0123-456789abcdef';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (payload: Uint8Array): string => new TextDecoder().decode(payload);

/** The number, or the name of what was thrown. */
function outcome(read: () => number): number | string {
  try {
    return read();
  } catch (error) {
    return (error as Error).message;
  }
}

const viaJson = (payload: Uint8Array) => outcome(() => parseAcknowledge(payload).acknowledgedMessageSequenceNumber);
const direct = (payload: Uint8Array) => outcome(() => acknowledgedNumber(payload));

describe('acknowledge', () => {
  it('is written as JSON.stringify writes it, for any number and type', () => {
    const types = [MessageType.InputStreamData, MessageType.OutputStreamData, MessageType.AgentJob];
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.uuid(), fc.maxSafeNat(), (type, id, number) => {
        const content = {
          AcknowledgedMessageType: type,
          AcknowledgedMessageId: id,
          AcknowledgedMessageSequenceNumber: number,
          IsSequentialMessage: true,
        };
        const payload = encodeAcknowledge(type, id, number);
        expect(text(payload)).toBe(JSON.stringify(content));
        expect(acknowledgedNumber(payload)).toBe(number);
      }),
    );
  });

  it('is read with the same outcome as JSON, whatever one byte is changed to', () => {
    const payload = encodeAcknowledge(MessageType.OutputStreamData, messageId, 1_234);
    for (let index = 0; index < payload.length; index += 1) {
      for (const byte of [0x00, 0x1f, 0x20, 0x22, 0x2c, 0x2d, 0x2e, 0x30, 0x39, 0x41, 0x5c, 0x65, 0x7d, 0x7f, 0xff]) {
        const changed = Uint8Array.from(payload);
        changed[index] = byte;
        expect([index, byte, direct(changed)]).toEqual([index, byte, viaJson(changed)]);
      }
    }
  });

  it('is read with the same outcome as JSON, cut or with another number', () => {
    const payload = encodeAcknowledge(MessageType.InputStreamData, messageId, 7);
    for (let length = 0; length < payload.length; length += 1) {
      expect(direct(payload.subarray(0, length))).toBe(viaJson(payload.subarray(0, length)));
    }
    for (const number of ['', '00', '07', '-1', '1e3', '1.5', '999999999999999', '9007199254740993', '"7"', 'null']) {
      const other = bytes(text(payload).replace('Number":7,', `Number":${number},`));
      expect([number, direct(other)]).toEqual([number, viaJson(other)]);
    }
  });

  it('is read with its fields in another order, as any JSON', () => {
    expect(acknowledgedNumber(bytes('{"acknowledgedMessageSequenceNumber": 12}'))).toBe(12);
  });
});

describe('hasBytesAt', () => {
  it('agrees with a comparison byte by byte', () => {
    const few = fc.uint8Array({ max: 1, maxLength: 12 });
    fc.assert(
      fc.property(few, fc.nat(8), fc.uint8Array({ max: 1, minLength: 4, maxLength: 7 }), (all, offset, expected) => {
        const same = [...all.subarray(offset, offset + expected.length)].join() === [...expected].join();
        expect(hasBytesAt(all, offset, expected)).toBe(same);
      }),
    );
  });

  it('is false before the beginning and past the end', () => {
    expect(hasBytesAt(new Uint8Array(4), -1, new Uint8Array(4))).toBe(false);
    expect(hasBytesAt(new Uint8Array(4), 1, new Uint8Array(4))).toBe(false);
  });
});
