import { describe, expect, it } from 'vitest';
import { parseAcknowledge } from './acknowledge.js';
import { encodeExitCode, parseExitCode } from './exit-code.js';
import { decodeFlag, encodeFlag, Flag, GangwayFlag, isGangwayFlag, signalFlag, signalOfFlag } from './flag.js';
import { PayloadError } from './payload-error.js';
import { encodeSize, parseSize } from './size.js';
import { encodeUtf8 } from './utf8.js';

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const json = (value: unknown): Uint8Array => encodeUtf8(JSON.stringify(value));

function fieldOf(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    if (error instanceof PayloadError) return error.field;
    throw error;
  }
  return 'taken';
}

describe('acknowledge', () => {
  it('needs its sequence number: absent is not zero', () => {
    expect(fieldOf(() => parseAcknowledge(json({ AcknowledgedMessageType: 'output_stream_data' })))).toBe(
      'acknowledge.AcknowledgedMessageSequenceNumber',
    );
  });
});

describe('Flag', () => {
  it('is a big-endian uint32 of exactly four bytes', () => {
    expect([...encodeFlag(Flag.TerminateSession)]).toEqual([0, 0, 0, 2]);
    expect(decodeFlag(Uint8Array.of(0, 0, 0, 3))).toBe(Flag.ConnectToPortError);
    expect(decodeFlag(Uint8Array.of(255, 255, 255, 255))).toBe(0xffff_ffff);
    for (const length of [0, 3, 5]) expect(fieldOf(() => decodeFlag(new Uint8Array(length)))).toBe('Flag');
  });

  it('our own flags are told from those of AWS', () => {
    for (const flag of Object.values(Flag)) expect(isGangwayFlag(flag)).toBe(false);
    expect(isGangwayFlag(1_000)).toBe(false);
    expect(isGangwayFlag(GangwayFlag.StdinEof)).toBe(true);
    expect(isGangwayFlag(signalFlag(15))).toBe(true);
    expect(GangwayFlag.StdinEof).toBeGreaterThan(1_000_000);
  });

  it('carries every signal that Linux has, and no other', () => {
    for (let signal = 1; signal <= 64; signal += 1) {
      expect(signalOfFlag(decodeFlag(encodeFlag(signalFlag(signal))))).toBe(signal);
    }
    for (const signal of [0, 65, -1, 1.5, Number.NaN]) expect(() => signalFlag(signal)).toThrow(RangeError);
    for (const flag of [...Object.values(Flag), GangwayFlag.StdinEof, 0, 0xffff_ffff]) {
      expect(signalOfFlag(flag)).toBeUndefined();
    }
  });
});

describe('Size', () => {
  it('has the text of wire-protocol 2.1 and is cut to 16 bits', () => {
    expect(textOf(encodeSize({ cols: 80, rows: 24 }))).toBe('{"cols":80,"rows":24}');
    expect(parseSize(json({ cols: 0x1_0050, rows: 24 }))).toEqual({ cols: 80, rows: 24 });
    expect(parseSize(json({}))).toEqual({ cols: 0, rows: 0 });
  });

  it('is made of unsigned integers', () => {
    expect(fieldOf(() => parseSize(json({ cols: -1, rows: 1 })))).toBe('Size.cols');
    expect(fieldOf(() => parseSize(json({ cols: 1, rows: 1.5 })))).toBe('Size.rows');
    expect(fieldOf(() => parseSize(json({ cols: '80', rows: 1 })))).toBe('Size.cols');
    expect(fieldOf(() => parseSize(json({ cols: 2 ** 32, rows: 1 })))).toBe('Size.cols');
  });
});

describe('ExitCode', () => {
  it('is "EXIT_CODE: <n>"', () => {
    expect(textOf(encodeExitCode(7))).toBe('EXIT_CODE: 7');
    for (const code of [0, 7, 255, -1]) expect(parseExitCode(encodeExitCode(code))).toBe(code);
    for (const text of ['', '7', 'EXIT_CODE: ', 'EXIT_CODE: x', 'EXIT_CODE: 1 2', `EXIT_CODE: 1${' '.repeat(99)}`]) {
      expect(fieldOf(() => parseExitCode(encodeUtf8(text)))).toBe('ExitCode');
    }
    expect(() => encodeExitCode(1.5)).toThrow(RangeError);
  });
});
