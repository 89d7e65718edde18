import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../secret.js';
import { sha256Hex } from '../sigv4/canonical-request.js';
import { SigningKeys } from '../sigv4/signing-key.js';
import { MAX_CHUNK_HEAD_BYTES, MAX_TRAILER_BYTES } from './chunked-decoder.js';
import type { ChunkSigning } from './chunk-signatures.js';
import { Payload } from './payload.js';
import { contentLength, type PayloadClaim, payloadClaim } from './payload-claim.js';

// AWS's published example: 66,560 times the letter a, in chunks of 64 KiB, 1 KiB and nothing.
const scope = { date: '20130524', region: 'us-east-1', service: 's3' };
const secret = new Secret('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY');
const time = Date.UTC(2013, 4, 24);
const keys = new SigningKeys();
const signing = (signature: string): ChunkSigning => ({
  ...{ scope, time, signature },
  sign: (text) => keys.signText(secret, scope, text),
});
const a = (count: number): Buffer => Buffer.alloc(count, 'a');

function chunked(signatures: readonly string[], end: string): Buffer {
  const [first = '', second = '', last = ''] = signatures;
  return Buffer.concat([
    Buffer.from(`10000;chunk-signature=${first}\r\n`),
    a(65_536),
    Buffer.from(`\r\n400;chunk-signature=${second}\r\n`),
    a(1024),
    Buffer.from(`\r\n0;chunk-signature=${last}\r\n${end}`),
  ]);
}

const plain = {
  claim: { kind: 'chunks', signed: true, trailer: false } as const,
  seed: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  wire: chunked(
    [
      'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
      '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
      'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
    ],
    '\r\n',
  ),
};
const withTrailer = {
  claim: { kind: 'chunks', signed: true, trailer: true } as const,
  seed: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
  wire: chunked(
    [
      'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
      '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
      '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
    ],
    'x-amz-checksum-crc32c:sOO8/Q==\r\n' +
      'x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n',
  ),
};

async function* pieces(...all: Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const piece of all) yield await Promise.resolve(piece);
}

function cut(wire: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (wire.length + 1)).sort((x, y) => x - y), wire.length];
  return ends.map((end, index) => wire.subarray(ends[index - 1] ?? 0, end));
}

interface Wire {
  readonly claim: PayloadClaim;
  readonly seed?: string;
  readonly wire: Uint8Array;
}

async function read({ claim, seed = '' }: Wire, raw: readonly Uint8Array[], length?: number) {
  const payload = new Payload({ claim, raw: pieces(...raw), length, signing: signing(seed) });
  const content: Uint8Array[] = [];
  for await (const bytes of payload) content.push(bytes);
  return { content: Buffer.concat(content), trailers: Object.fromEntries(payload.trailers) };
}

const unsigned = { kind: 'chunks', signed: false, trailer: true } as const;
const small: Wire = {
  claim: unsigned,
  wire: Buffer.from('3\r\nabc\r\nA\r\n0123456789\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n'),
};

describe('aws-chunked', () => {
  test.each([
    ['signed', plain, {}],
    ['signed with a trailer', withTrailer, { 'x-amz-checksum-crc32c': 'sOO8/Q==' }],
  ])('%s: the published example, whole and at any cuts', async (_name, wire, trailers) => {
    const whole = await read(wire, [wire.wire], 66_560);
    expect(whole.content.equals(a(66_560))).toBe(true);
    expect(whole.trailers).toEqual(trailers);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(wire.wire.length), { maxLength: 8 }), async (places) => {
        const { content } = await read(wire, cut(wire.wire, places), 66_560);
        expect(content.equals(a(66_560))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('unsigned: byte by byte', async () => {
    const bytes = Array.from(small.wire, (byte) => Uint8Array.of(byte));
    const { content, trailers } = await read(small, bytes, 13);
    expect(content.toString()).toBe('abc0123456789');
    expect(trailers).toEqual({ 'x-amz-checksum-crc32': 'AAAAAA==' });
  });

  test('any byte changed in a signed body is noticed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(withTrailer.wire.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const wire = Buffer.from(withTrailer.wire);
        wire.writeUInt8(wire.readUInt8(at) ^ change, at);
        const outcome = await read(withTrailer, [wire], 66_560).catch(() => undefined);
        // A head may be written in other letters; what is in it is the same.
        if (outcome !== undefined)
          expect([outcome.content.equals(a(66_560)), outcome.trailers]).toEqual([
            true,
            { 'x-amz-checksum-crc32c': 'sOO8/Q==' },
          ]);
      }),
      { numRuns: 300 },
    );
  });

  test('a chunk left out, doubled or moved is noticed', async () => {
    const head = 5 + ';chunk-signature='.length + 64 + 2;
    const first = plain.wire.subarray(0, head + 65_536 + 2);
    const second = plain.wire.subarray(first.length, first.length - 2 + head + 1024 + 2);
    const last = plain.wire.subarray(first.length + second.length);
    expect(last.toString()).toMatch(/^0;/);
    for (const order of [
      [second, last],
      [first, last],
      [first, first, second, last],
      [second, first, last],
    ]) {
      await expect(read(plain, order)).rejects.toMatchObject({ code: 'mismatch' });
    }
  });

  test('a body that ends early is incomplete, wherever it ends', async () => {
    for (let end = 0; end < small.wire.length; end++) {
      await expect(read(small, [small.wire.subarray(0, end)])).rejects.toMatchObject({ code: 'IncompleteBody' });
    }
    await expect(read(small, [small.wire], 12)).rejects.toMatchObject({ code: 'IncompleteBody' });
    await expect(read(small, [small.wire], 14)).rejects.toMatchObject({ code: 'IncompleteBody' });
  });

  test.each([
    ['no size', '\r\n'],
    ['a size that is none', 'xyz\r\n'],
    ['a negative size', '-1\r\nabc'],
    ['a size beyond all sizes', 'fffffffffffffffff\r\n'],
    ['a chunk longer than it says', '1\r\nabc\r\n'],
    ['an endless head', 'a'.repeat(MAX_CHUNK_HEAD_BYTES + 2)],
    ['something after the end', '0\r\n\r\nmore'],
    ['a bare line feed', '3\nabc\n'],
  ])('%s is no body', async (_name, text) => {
    await expect(read({ claim: unsigned, wire: Buffer.of() }, [Buffer.from(text)])).rejects.toMatchObject({
      code: 'InvalidRequest',
    });
  });

  test('trailers are bounded, and none comes that was not announced', async () => {
    const endless = Buffer.from(`0\r\n${'a: b\r\n'.repeat(MAX_TRAILER_BYTES / 4 + 1)}\r\n`);
    await expect(read({ claim: unsigned, wire: endless }, [endless])).rejects.toMatchObject({
      code: 'MalformedTrailerError',
    });
    const long = Buffer.from(`0\r\n${'a'.repeat(MAX_TRAILER_BYTES + 2)}`);
    await expect(read({ claim: unsigned, wire: long }, [long])).rejects.toMatchObject({ code: 'InvalidRequest' });
    const added = Buffer.concat([plain.wire.subarray(0, -2), Buffer.from('x-amz-checksum-crc32c:AAAAAA==\r\n\r\n')]);
    await expect(read(plain, [added], 66_560)).rejects.toMatchObject({ code: 'IncompleteBody' });
  });

  test('arbitrary bytes do no harm', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 50 })), async (all) => {
        await read({ claim: unsigned, wire: Buffer.of() }, all).catch((error: unknown) => {
          expect(error).toHaveProperty('code');
        });
      }),
    );
  });
});

describe('a body in one piece', () => {
  const body = Buffer.from('content');

  test('is the one whose hash was signed', async () => {
    const claim = { kind: 'hash', sha256: sha256Hex(body) } as const;
    expect((await read({ claim, wire: body }, cut(body, [2, 5]), 7)).content.toString()).toBe('content');
    const other = read({ claim, wire: body }, [Buffer.from('Content')], 7);
    await expect(other).rejects.toMatchObject({ code: 'XAmzContentSHA256Mismatch' });
  });

  test('is as long as was said', async () => {
    const claim = { kind: 'unsigned' } as const;
    await expect(read({ claim, wire: body }, [body], 6)).rejects.toMatchObject({ code: 'IncompleteBody' });
    await expect(read({ claim, wire: body }, [body], 8)).rejects.toMatchObject({ code: 'IncompleteBody' });
  });
});

test('the head says which form the body has, and how long it is', () => {
  const claim = (value: string | undefined, presigned = false) =>
    payloadClaim(new Map(value === undefined ? [] : [['x-amz-content-sha256', value]]), presigned);
  expect(claim('STREAMING-AWS4-HMAC-SHA256-PAYLOAD')).toEqual(plain.claim);
  expect(claim('STREAMING-UNSIGNED-PAYLOAD-TRAILER')).toEqual(unsigned);
  expect(claim(undefined, true)).toEqual({ kind: 'unsigned' });
  expect(() => claim(undefined)).toThrow('Missing required header for this request: x-amz-content-sha256');
  for (const bad of ['', 'toString', 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD', 'A'.repeat(64)]) {
    expect(() => claim(bad)).toThrow(/^x-amz-content-sha256 must be/);
  }
  const length = (headers: Record<string, string>, of: PayloadClaim) =>
    contentLength(new Map(Object.entries(headers)), of);
  expect(length({ 'content-length': '7' }, { kind: 'unsigned' })).toBe(7);
  expect(length({}, { kind: 'unsigned' })).toBe(0);
  expect(length({ 'transfer-encoding': 'chunked' }, { kind: 'unsigned' })).toBeUndefined();
  expect(length({ 'content-length': '99', 'x-amz-decoded-content-length': '7' }, unsigned)).toBe(7);
  expect(length({ 'content-length': '99' }, unsigned)).toBeUndefined();
  for (const bad of ['-1', '1e3', '9'.repeat(16), ' ']) {
    expect(() => length({ 'content-length': bad }, { kind: 'unsigned' })).toThrow('is not a length');
  }
});
