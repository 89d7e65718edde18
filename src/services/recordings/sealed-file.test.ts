import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import process from 'node:process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import { DamagedFile, MAX_SEGMENT_BYTES, SealedFile } from './sealed-file.js';
import { SegmentCipher } from './segment-cipher.js';

const KEY = Buffer.alloc(32, 7);
const cipher = () => new SegmentCipher(KEY, 'record x');
const newPath = (directory: string) => join(directory, `${randomUUID()}.record`);

test('whatever pieces are written, any part is read, also by a later process', async () => {
  const directory = temporaryDirectory();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { minLength: 1, maxLength: 8 }),
      fc.nat(1_600),
      fc.nat(1_600),
      async (pieces, offset, most) => {
        const path = newPath(directory);
        const written = await SealedFile.open(path, cipher());
        for (const piece of pieces) await written.append(piece);
        const whole = Buffer.concat(pieces);
        const read = await SealedFile.open(path, cipher());
        for (const file of [written, read]) {
          expect(file.length).toBe(whole.length);
          expect(Buffer.from(await file.read(offset, most))).toEqual(whole.subarray(offset, offset + most));
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('any flipped bit is found, at or before the place that was asked for; nothing false is ever read', async () => {
  const directory = temporaryDirectory();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 100 }), { minLength: 1, maxLength: 5 }),
      fc.nat(),
      fc.integer({ min: 0, max: 7 }),
      async (pieces, where, bit) => {
        const path = newPath(directory);
        const file = await SealedFile.open(path, cipher());
        for (const piece of pieces) await file.append(piece);
        const whole = Buffer.concat(pieces);
        const bytes = readFileSync(path);
        bytes[where % bytes.length]! ^= 1 << bit;
        writeFileSync(path, bytes);
        const bent = await SealedFile.open(path, cipher());
        const good = await bent.read(0, whole.length).catch((error: unknown) => {
          expect(error).toBeInstanceOf(DamagedFile);
          return Buffer.alloc(0);
        });
        expect(good.length).toBeLessThan(whole.length);
        expect(Buffer.from(good)).toEqual(whole.subarray(0, good.length));
      },
    ),
    { numRuns: 100 },
  );
});

test('segments cannot be taken out, moved, or put into another file', async () => {
  const directory = temporaryDirectory();
  const path = newPath(directory);
  const file = await SealedFile.open(path, cipher());
  for (const letter of ['aaaa', 'bbbb', 'cccc']) await file.append(Buffer.from(letter));
  const bytes = readFileSync(path);
  const size = bytes.length / 3;
  const [a, b, c] = [0, 1, 2].map((index) => bytes.subarray(index * size, (index + 1) * size)) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  for (const order of [
    [b, a, c],
    [a, c],
    [a, c, b],
    [a, a, b, c],
  ]) {
    writeFileSync(path, Buffer.concat(order));
    const bent = await SealedFile.open(path, cipher());
    const at = order[0] === a ? 4 : 0;
    await expect(bent.read(at, 4)).rejects.toThrow(`segment ${at / 4}, at byte ${size * (at / 4)} (byte ${at} of`);
  }
  writeFileSync(path, bytes);
  const other = await SealedFile.open(path, new SegmentCipher(KEY, 'record y'));
  await expect(other.read(0, 1)).rejects.toThrow(DamagedFile);
  const stranger = await SealedFile.open(path, new SegmentCipher(Buffer.alloc(32, 8), 'record x'));
  await expect(stranger.read(0, 1)).rejects.toThrow(DamagedFile);
});

test('a torn end is written over, wherever it was torn', async () => {
  const directory = temporaryDirectory();
  for (let torn = 0; torn < 36; torn++) {
    const path = newPath(directory);
    const first = await SealedFile.open(path, cipher());
    await first.append(Buffer.from('whole'));
    const good = readFileSync(path).length;
    await first.append(Buffer.from('torn'));
    truncateSync(path, good + torn);
    const next = await SealedFile.open(path, cipher());
    expect(next.length).toBe(torn < 36 ? 5 : 9);
    await next.append(Buffer.from('!'));
    const last = await SealedFile.open(path, cipher());
    expect(Buffer.from(await last.read(0, 10)).toString()).toBe('whole!');
  }
});

test('a power cut that leaves zeros behind the end leaves no segment', async () => {
  const path = newPath(temporaryDirectory());
  const file = await SealedFile.open(path, cipher());
  await file.append(Buffer.from('whole'));
  appendFileSync(path, Buffer.alloc(4096));
  const next = await SealedFile.open(path, cipher());
  expect(next.length).toBe(5);
  await next.append(Buffer.from('!'));
  expect(Buffer.from(await (await SealedFile.open(path, cipher())).read(0, 10)).toString()).toBe('whole!');
});

test('more than fits a segment is cut into several', async () => {
  const path = newPath(temporaryDirectory());
  const file = await SealedFile.open(path, cipher());
  const bytes = randomBytes(2 * MAX_SEGMENT_BYTES + 5);
  await file.append(bytes);
  const read = await SealedFile.open(path, cipher());
  expect(read.length).toBe(bytes.length);
  const around = Buffer.from(await read.read(MAX_SEGMENT_BYTES - 2, 4));
  expect(around).toEqual(bytes.subarray(MAX_SEGMENT_BYTES - 2, MAX_SEGMENT_BYTES + 2));
});

const compiled = (name: string): string =>
  new URL(`../../../dist/services/recordings/${name}.js`, import.meta.url).href;

const WRITER = `
import { SealedFile } from '${compiled('sealed-file')}';
import { SegmentCipher } from '${compiled('segment-cipher')}';
const file = await SealedFile.open(process.argv[1], new SegmentCipher(Buffer.alloc(32, 7), 'record x'));
for (let at = file.length; ; at = file.length) {
  await file.append(Buffer.from(Array.from({ length: 3000 }, (_, index) => (at + index) % 251)));
  process.stdout.write(file.length + '\\n');
}
`;

test('kill -9 within an append: what was confirmed is there, and the file goes on', { timeout: 60_000 }, async () => {
  const directory = temporaryDirectory();
  const path = newPath(directory);
  let confirmed = 0;
  for (let round = 0; round < 12; round++) {
    const writer = spawn(process.execPath, ['--input-type=module', '--eval', WRITER, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    writer.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(writer.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
    writer.kill('SIGKILL');
    await once(writer, 'close');
    confirmed = Number(said.trimEnd().split('\n').at(-1));
    const file = await SealedFile.open(path, cipher());
    expect(file.length).toBeGreaterThanOrEqual(confirmed);
    const bytes = await file.read(0, file.length);
    expect(bytes.length).toBe(file.length);
    expect(bytes.every((byte, index) => byte === index % 251)).toBe(true);
  }
  expect(confirmed).toBeGreaterThan(12 * 3000);
});
