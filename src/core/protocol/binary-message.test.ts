import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeAcknowledge, parseAcknowledge } from './acknowledge.js';
import { decodeMessage, verifyPayloadDigest } from './decode-message.js';
import { encodeMessage } from './encode-message.js';
import { FrameError } from './frame-error.js';
import { FRAME_OFFSET, HEADER_LENGTH, MAX_FRAME_BYTES, MIN_FRAME_BYTES } from './frame-layout.js';
import type { Message } from './message.js';
import { peekMessage } from './peek-message.js';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replace(/\s+/g, ''), 'hex'));

const VECTORS: readonly { name: string; message: Message; frame: Uint8Array }[] = [
  {
    name: 'A.1 input_stream_data, Output, "ls\\r"',
    message: {
      messageType: 'input_stream_data',
      createdDate: 1_700_000_000_000,
      sequenceNumber: 7,
      flags: 0,
      messageId: '01234567-89ab-4cde-8f01-23456789abcd',
      payloadType: 1,
      payload: ascii('ls\r'),
    },
    frame: bytesOf(`
      00 00 00 74 69 6e 70 75 74 5f 73 74 72 65 61 6d
      5f 64 61 74 61 20 20 20 20 20 20 20 20 20 20 20
      20 20 20 20 00 00 00 01 00 00 01 8b cf e5 68 00
      00 00 00 00 00 00 00 07 00 00 00 00 00 00 00 00
      8f 01 23 45 67 89 ab cd 01 23 45 67 89 ab 4c de
      1d 88 7c e0 f8 67 2e 49 14 d9 00 0e 80 1c d7 4e
      cd 80 5d d9 36 6c 0b c4 2d c1 6a dc 01 97 dc 2f
      00 00 00 01 00 00 00 03 6c 73 0d`),
  },
  {
    name: 'A.2 output_stream_data, Output, "$ "',
    message: {
      messageType: 'output_stream_data',
      createdDate: 1_700_000_000_123,
      sequenceNumber: 0,
      flags: 1,
      messageId: 'f81d4fae-7dec-41d0-a765-00a0c91e6bf6',
      payloadType: 1,
      payload: ascii('$ '),
    },
    frame: bytesOf(`
      00 00 00 74 6f 75 74 70 75 74 5f 73 74 72 65 61
      6d 5f 64 61 74 61 20 20 20 20 20 20 20 20 20 20
      20 20 20 20 00 00 00 01 00 00 01 8b cf e5 68 7b
      00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01
      a7 65 00 a0 c9 1e 6b f6 f8 1d 4f ae 7d ec 41 d0
      e5 b1 11 ba 26 d5 bb 1c c8 9d 8a 3d 74 fa d4 cf
      1e bd 57 01 c2 98 77 96 9c 32 2b 45 6d 07 84 a3
      00 00 00 01 00 00 00 02 24 20`),
  },
];

const ACKNOWLEDGE_TEXT =
  '{"AcknowledgedMessageType":"output_stream_data","AcknowledgedMessageId":"f81d4fae-7dec-41d0-a765-00a0c91e6bf6","AcknowledgedMessageSequenceNumber":0,"IsSequentialMessage":true}';

const A3_HEADER = bytesOf(`
  00 00 00 74 61 63 6b 6e 6f 77 6c 65 64 67 65 20
  20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20
  20 20 20 20 00 00 00 01 00 00 01 8b cf e5 68 c8
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 03
  80 b4 00 c0 4f d4 30 c8 6b a7 b8 10 9d ad 41 d1
  95 d4 25 65 a0 dc ac f7 64 92 92 db 5a 74 7c 01
  89 62 1e e4 3d db d3 cd 66 56 52 8b c0 02 4d 66
  00 00 00 00 00 00 00 b0`);

const A1 = VECTORS[0]!.frame;

function changed(change: (view: DataView, frame: Uint8Array) => void, source: Uint8Array = A1): Uint8Array {
  const frame = Uint8Array.from(source);
  change(new DataView(frame.buffer), frame);
  return frame;
}

function codeOf(frame: Uint8Array, max?: number): string {
  const codes = [decodeMessage, peekMessage].map((read) => {
    try {
      read(frame, max);
      return 'taken';
    } catch (error) {
      return error instanceof FrameError ? `${error.code} ${error.closeCode}` : `unnamed: ${String(error)}`;
    }
  });
  expect(codes[0]).toBe(codes[1]);
  return codes[0]!;
}

describe('appendix A', () => {
  for (const { name, message, frame } of VECTORS) {
    it(`${name}: encodes to the same bytes`, () => {
      expect(encodeMessage(message, sha256)).toEqual(frame);
    });
    it(`${name}: decodes to the same fields`, () => {
      const { payloadDigest, ...decoded } = decodeMessage(frame);
      expect(decoded).toEqual({ ...message, schemaVersion: 1 });
      expect(payloadDigest).toEqual(frame.subarray(80, 112));
      expect(() => verifyPayloadDigest(decodeMessage(frame), sha256)).not.toThrow();
    });
  }

  it('A.3 acknowledge of A.2: the same bytes, and the text inside', () => {
    const payload = encodeAcknowledge('output_stream_data', 'f81d4fae-7dec-41d0-a765-00a0c91e6bf6', 0);
    expect(Buffer.from(payload).toString()).toBe(ACKNOWLEDGE_TEXT);
    const frame = encodeMessage(
      {
        messageType: 'acknowledge',
        createdDate: 1_700_000_000_200,
        sequenceNumber: 0,
        flags: 3,
        messageId: '6ba7b810-9dad-41d1-80b4-00c04fd430c8',
        payloadType: 0,
        payload,
      },
      sha256,
    );
    expect(frame.length).toBe(120 + 176);
    expect(frame.subarray(0, 120)).toEqual(A3_HEADER);
    expect(parseAcknowledge(decodeMessage(frame).payload)).toEqual({
      acknowledgedMessageType: 'output_stream_data',
      acknowledgedMessageId: 'f81d4fae-7dec-41d0-a765-00a0c91e6bf6',
      acknowledgedMessageSequenceNumber: 0,
      isSequentialMessage: true,
    });
  });
});

describe('layout', () => {
  it('sums to the offsets of wire-protocol 2', () => {
    expect(FRAME_OFFSET).toEqual({
      headerLength: 0,
      messageType: 4,
      schemaVersion: 36,
      createdDate: 40,
      sequenceNumber: 48,
      flags: 56,
      messageId: 64,
      payloadDigest: 80,
      payloadType: 112,
      payloadLength: 116,
      payload: 120,
    });
    expect(HEADER_LENGTH).toBe(116);
    expect(MIN_FRAME_BYTES).toBe(120);
  });
});

describe('traps', () => {
  it('T1: a header that points past the frame is a named error', () => {
    for (const headerLength of [A1.length - 3, A1.length, 0x7fff_ffff, 0xffff_fffc, 0xffff_ffff]) {
      expect(codeOf(changed((view) => view.setUint32(0, headerLength)))).toBe('header-length 1002');
    }
  });

  it('T1: every cut of a frame is a named error', () => {
    for (let length = 0; length < A1.length; length += 1) {
      expect(codeOf(A1.subarray(0, length))).toBe(length < 120 ? 'too-short 1002' : 'payload-length 1002');
    }
  });

  it('T2: the payload begins at HeaderLength + 4', () => {
    const longer = new Uint8Array(A1.length + 4);
    longer.set(A1.subarray(0, 120));
    longer.set(A1.subarray(120), 124);
    new DataView(longer.buffer).setUint32(0, 120);
    expect(Buffer.from(decodeMessage(longer).payload).toString()).toBe('ls\r');
    expect(peekMessage(longer).payloadOffset).toBe(124);
    expect(new DataView(encodeMessage(VECTORS[0]!.message, sha256).buffer).getUint32(0)).toBe(116);
  });

  it('T3: the halves of the UUID are swapped in the header only', () => {
    const frame = encodeMessage({ ...VECTORS[0]!.message, messageId: '00112233-4455-6677-8899-aabbccddeeff' }, sha256);
    expect(Buffer.from(frame.subarray(64, 80)).toString('hex')).toBe('8899aabbccddeeff0011223344556677');
    expect(decodeMessage(frame).messageId).toBe('00112233-4455-6677-8899-aabbccddeeff');
  });

  it('T4: MessageType may be padded with spaces, NULs or both, on either side', () => {
    for (const padding of [' ', '\0', '\0 ', ' \0', '\t\n']) {
      const text = `${padding}acknowledge${padding.repeat(20)}`.slice(0, 32).padEnd(32, padding.charAt(0));
      const frame = changed((_, bytes) => bytes.set(ascii(text), 4));
      expect(decodeMessage(frame).messageType).toBe('acknowledge');
    }
    expect(Buffer.from(A1.subarray(4, 36)).toString()).toBe('input_stream_data'.padEnd(32, ' '));
  });

  it('T20: the digest is over the bytes as sent, and a payload that does not fit it is refused', () => {
    const frame = changed((_, bytes) => (bytes[120] = 0x4c));
    expect(() => verifyPayloadDigest(decodeMessage(frame), sha256)).toThrow(
      expect.objectContaining({ name: 'FrameError', code: 'digest' }),
    );
  });
});

describe('impossible frames', () => {
  it('are refused by their fault', () => {
    expect(codeOf(changed((view) => view.setUint32(0, 0)))).toBe('header-length 1002');
    expect(codeOf(changed((view) => view.setUint32(0, 115)))).toBe('header-length 1002');
    expect(codeOf(changed((_, frame) => frame.fill(0x20, 4, 36)))).toBe('message-type 1002');
    expect(codeOf(changed((_, frame) => frame.fill(0, 4, 36)))).toBe('message-type 1002');
    expect(codeOf(changed((_, frame) => frame.fill(0, 40, 48)))).toBe('created-date 1002');
    expect(codeOf(changed((view) => view.setInt32(48, -1)))).toBe('sequence-number 1002');
    expect(codeOf(changed((view) => view.setInt32(48, 0x0020_0000)))).toBe('sequence-number 1002');
    expect(codeOf(changed((view) => view.setUint32(116, 4)))).toBe('payload-length 1002');
  });

  it('start and pause of publication need no date', () => {
    for (const type of ['start_publication', 'pause_publication']) {
      const frame = changed((_, bytes) => {
        bytes.set(ascii(type.padEnd(32, ' ')), 4);
        bytes.fill(0, 40, 48);
      });
      expect(codeOf(frame)).toBe('taken');
    }
  });

  it('a frame at the limit is taken, one byte more is not', () => {
    const payload = new Uint8Array(MAX_FRAME_BYTES - MIN_FRAME_BYTES);
    const frame = encodeMessage({ ...VECTORS[0]!.message, payload }, sha256);
    expect(codeOf(frame)).toBe('taken');
    const longer = encodeMessage({ ...VECTORS[0]!.message, payload: new Uint8Array(payload.length + 1) }, sha256);
    expect(codeOf(longer)).toBe('too-long 1009');
    expect(codeOf(A1, A1.length)).toBe('taken');
    expect(codeOf(A1, A1.length - 1)).toBe('too-long 1009');
  });

  it('a payload of no bytes is read, and has no digest to check', () => {
    const frame = changed((view) => view.setUint32(116, 0), A1.subarray(0, 120));
    expect(decodeMessage(frame).payload.length).toBe(0);
    expect(() => verifyPayloadDigest(decodeMessage(frame), sha256)).not.toThrow();
  });

  it('no message that a peer could not read is made', () => {
    const message = VECTORS[0]!.message;
    const bad: Partial<Message>[] = [
      { messageType: '' },
      { messageType: 'x'.repeat(33) },
      { createdDate: 0 },
      { createdDate: -1 },
      { sequenceNumber: -1 },
      { sequenceNumber: 1.5 },
      { flags: Number.NaN },
      { messageId: 'not-a-uuid' },
    ];
    for (const change of bad) expect(() => encodeMessage({ ...message, ...change }, sha256)).toThrow(RangeError);
  });
});

describe('any message', () => {
  const message = fc.record({
    messageType: fc.stringMatching(/^[a-z_]{1,32}$/),
    schemaVersion: fc.nat(),
    createdDate: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    sequenceNumber: fc.maxSafeNat(),
    flags: fc.maxSafeNat(),
    messageId: fc.uuid(),
    payloadType: fc.nat(),
    payload: fc.uint8Array({ maxLength: 300 }),
  });

  it('comes back as it went, wherever it lies in a larger buffer', () => {
    fc.assert(
      fc.property(message, fc.nat(50), (sent, offset) => {
        const frame = encodeMessage(sent, sha256);
        const buffer = new Uint8Array(offset + frame.length + 7);
        buffer.set(frame, offset);
        const view = buffer.subarray(offset, offset + frame.length);
        const { payloadDigest, ...decoded } = decodeMessage(view);
        expect({ ...decoded, payload: Uint8Array.from(decoded.payload) }).toEqual(sent);
        expect(Buffer.from(payloadDigest).equals(sha256(sent.payload))).toBe(true);
        const peeked = peekMessage(view);
        expect(peeked.sequenceNumber).toBe(sent.sequenceNumber);
        expect(peeked.flags).toBe(sent.flags);
        expect(peeked.payloadType).toBe(sent.payloadType);
        expect(peeked.messageType).toBe(sent.messageType);
      }),
    );
  });

  it('the payload of a decoded message is a view, not a copy', () => {
    expect(decodeMessage(A1).payload.buffer).toBe(A1.buffer);
  });
});
