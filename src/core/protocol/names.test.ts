import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions } from './compare-versions.js';
import { formatTarget, MAX_TARGET_CHARACTERS, parseTarget } from './target.js';
import { formatUuid, isUuid, readSwappedUuid, uuidFromRandom, writeSwappedUuid } from './uuid.js';

describe('a target', () => {
  it('is split from the right: names of clusters may contain an underscore', () => {
    expect(parseTarget('ecs:my_first_cluster_0123456789abcdef_fedcba-2531612879')).toEqual({
      clusterName: 'my_first_cluster',
      taskId: '0123456789abcdef',
      runtimeId: 'fedcba-2531612879',
    });
  });

  it('comes back as it went (T21)', () => {
    const text = 'ecs:demo_0123456789abcdef0123456789abcdef_0123456789abcdef0123456789abcdef-2531612879';
    expect(formatTarget(parseTarget(text)!)).toBe(text);
  });

  it('is nothing else', () => {
    for (const text of [
      '',
      'ecs:',
      'ecs:a_b',
      'ecs:_b_c',
      'ecs:a__c',
      'i-0123456789abcdef0',
      'ecs:a_b_c/d',
      'ecs:a_b_c\n',
    ]) {
      expect(parseTarget(text)).toBeUndefined();
    }
    expect(parseTarget(`ecs:${'a'.repeat(MAX_TARGET_CHARACTERS)}_b_c`)).toBeUndefined();
  });
});

describe('versions', () => {
  it('are compared part by part, as numbers', () => {
    expect(compareVersions('3.0.196.0', '3.0.1511.0')).toBeLessThan(0);
    expect(compareVersions('1.2.331.0', '1.2.331.0')).toBe(0);
    expect(compareVersions('1.10.0.0', '1.9.9.9')).toBeGreaterThan(0);
    expect(compareVersions('1.2', '1.2.0.0')).toBe(0);
    expect(compareVersions('1.1.70', '1.1.70.1')).toBeLessThan(0);
  });

  it('that are none have no order', () => {
    for (const text of ['', '1.', 'a.b', '1.2-3', '1..2', `${'9'.repeat(10)}.0`]) {
      expect(compareVersions(text, '1.0')).toBeUndefined();
      expect(compareVersions('1.0', text)).toBeUndefined();
    }
  });
});

describe('a UUID', () => {
  it('made of random bytes is of version 4', () => {
    expect(uuidFromRandom(new Uint8Array(16).fill(0xff))).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff');
    expect(uuidFromRandom(new Uint8Array(20), 4)).toBe('00000000-0000-4000-8000-000000000000');
  });

  it('has its normal text outside the header', () => {
    expect(formatUuid(Uint8Array.from({ length: 16 }, (_, index) => index * 17))).toBe(
      '00112233-4455-6677-8899-aabbccddeeff',
    );
    expect(isUuid('00112233-4455-6677-8899-aabbccddeeff')).toBe(true);
    expect(isUuid('00112233-4455-6677-8899-aabbccddeef')).toBe(false);
  });

  it('is written only when it is one, and read back in lower case', () => {
    const almost = fc.tuple(
      fc.uuid(),
      fc.nat(36),
      fc.string({ unit: fc.constantFrom('0', 'g', '-', '`', ' ', '€'), maxLength: 2 }),
    );
    const broken = almost.map(([text, at, piece]) => text.slice(0, at) + piece + text.slice(at + piece.length));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uuid(),
          fc.uuid().map((text) => text.toUpperCase()),
          broken,
        ),
        (text) => {
          const bytes = new Uint8Array(16);
          if (isUuid(text)) {
            writeSwappedUuid(bytes, 0, text);
            expect(readSwappedUuid(bytes, 0)).toBe(text.toLowerCase());
            const fromBytes = new Uint8Array(16);
            writeSwappedUuid(fromBytes, 0, Uint8Array.from(Buffer.from(text.replaceAll('-', ''), 'hex')));
            expect(fromBytes).toEqual(bytes);
          } else {
            expect(() => writeSwappedUuid(bytes, 0, text)).toThrow(RangeError);
          }
        },
      ),
    );
  });
});
