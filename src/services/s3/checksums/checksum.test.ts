import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ChecksumAlgorithm, combineChecksums, startChecksum } from './checksum.js';

function checksum(algorithm: ChecksumAlgorithm, ...pieces: Uint8Array[]): string {
  const running = startChecksum(algorithm);
  for (const piece of pieces) running.update(piece);
  return running.digest().toString('base64');
}

const hex = (text: string): string => Buffer.from(text, 'hex').toString('base64');

// The check values of the catalogue of CRC algorithms, of "123456789".
test.each([
  ['CRC32', 'cbf43926'],
  ['CRC32C', 'e3069283'],
  ['CRC64NVME', 'ae8b14860a799888'],
  ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
] as const)('%s of the digits is what everybody has', (algorithm, expected) => {
  expect(checksum(algorithm, Buffer.from('123456789'))).toBe(hex(expected));
  expect(checksum(algorithm, Buffer.from('1234'), Buffer.from('56789'))).toBe(hex(expected));
});

test.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)(
  '%s of parts is that of the whole, however it is cut',
  (algorithm) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(300), { maxLength: 4 }), (bytes, cuts) => {
        const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        expect(checksum(algorithm, ...pieces)).toBe(checksum(algorithm, bytes));
        const parts = pieces.map((piece) => ({ checksum: checksum(algorithm, piece), size: piece.length }));
        expect(combineChecksums(algorithm, 'FULL_OBJECT', parts)).toBe(checksum(algorithm, bytes));
      }),
    );
  },
);

test('a composite checksum is one of checksums, and says of how many', () => {
  const parts = ['a', 'b'].map((text) => ({ checksum: checksum('SHA256', Buffer.from(text)), size: 1 }));
  const inner = Buffer.concat(parts.map((part) => Buffer.from(part.checksum, 'base64')));
  expect(combineChecksums('SHA256', 'COMPOSITE', parts)).toBe(`${checksum('SHA256', inner)}-2`);
});
