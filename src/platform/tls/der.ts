/**
 * The few forms of DER that a certificate is made of (X.690, RFC 5280). Only written, never read: Node reads
 * certificates itself.
 */
export type Der = Buffer;

function tagged(tag: number, content: Uint8Array): Der {
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content]);
}

/** Short form below 128, else the number of length bytes and those. */
function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

export const der = Object.freeze({
  sequence: (...elements: readonly Der[]): Der => tagged(0x30, Buffer.concat(elements)),
  set: (...elements: readonly Der[]): Der => tagged(0x31, Buffer.concat(elements)),
  boolean: (value: boolean): Der => tagged(0x01, Buffer.from([value ? 0xff : 0])),
  /** Of a number without a sign, big endian. */
  integer(bytes: Uint8Array): Der {
    let start = 0;
    while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
    const digits = bytes.subarray(start);
    return tagged(0x02, (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits);
  },
  bitString: (bytes: Uint8Array, unusedBits = 0): Der =>
    tagged(0x03, Buffer.concat([Buffer.from([unusedBits]), bytes])),
  octetString: (bytes: Uint8Array): Der => tagged(0x04, bytes),
  utf8String: (text: string): Der => tagged(0x0c, Buffer.from(text)),
  /** For example `1.2.840.10045.4.3.2`. */
  oid(dotted: string): Der {
    const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
    return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
  },
  /** To the second. UTCTime up to 2049, GeneralizedTime from then on (RFC 5280 4.1.2.5). */
  time(milliseconds: number): Der {
    const digits = new Date(milliseconds)
      .toISOString()
      .replace(/\.\d+Z$/, 'Z')
      .replace(/[-:T]/g, '');
    return digits < '2050' ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits));
  },
  /** Context-specific tag around whole elements. */
  explicit: (number: number, ...elements: readonly Der[]): Der => tagged(0xa0 | number, Buffer.concat(elements)),
  /** Context-specific tag in place of a primitive type's own. */
  implicit: (number: number, content: Uint8Array): Der => tagged(0x80 | number, content),
});

function base128(value: number): number[] {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    digits.unshift((rest % 128) | 0x80);
  }
  return digits;
}
