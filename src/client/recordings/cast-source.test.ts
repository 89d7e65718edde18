import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { EventKind } from '../../core/recording/recording-format.js';
import { castSource } from './cast-source.js';

const directory = mkdtempSync(join(tmpdir(), 'gangway-cast-'));
afterAll(() => rmSync(directory, { recursive: true }));
const { signal } = new AbortController();

function file(text: string): string {
  const path = join(directory, 'some.cast');
  writeFileSync(path, text);
  return path;
}

async function events(path: string) {
  const found = [];
  for await (const batch of (await castSource(path)).events(signal)) found.push(...batch);
  return found.map(({ kind, time, payload }) => [kind, time, Buffer.from(payload).toString()]);
}

const HEADER = '{"version": 2, "width": 100, "height": 30, "title": "a \\u001b[2J title"}\n';

test('output, sizes, and what nobody has to know', async () => {
  const path = file(
    `${HEADER}[0.5, "o", "a\\u001b[1m€"]\n\n[1, "i", "typed"]\n[1.5, "r", "80x24"]\n[2, "m", ""]\n[1, "o", "b"]`,
  );
  expect(await castSource(path)).toMatchObject({ title: 'a \\x1b[2J title', terminal: { columns: 100, rows: 30 } });
  expect(await events(path)).toEqual([
    [EventKind.Output, 500_000, 'a\x1b[1m€'],
    [EventKind.Output, 1_000_000, ''],
    [EventKind.Resize, 1_500_000, '{"columns":80,"rows":24}'],
    [EventKind.Output, 2_000_000, ''],
    [EventKind.Output, 2_000_000, 'b'],
  ]);
});

test('characters and lines that are cut where the file is read', async () => {
  const lines = Array.from({ length: 3_000 }, (_, index) => `[${index}, "o", "${'€'.repeat(index % 50)}"]\n`);
  const found = await events(file(HEADER + lines.join('')));
  expect(found).toHaveLength(3_000);
  expect(found.map(([, , text]) => text)).toEqual(lines.map((_, index) => '€'.repeat(index % 50)));
});

test.each([
  ['', /is empty/],
  ['no JSON\n', /is no asciicast of version 2/],
  ['{"version": 3, "term": {"cols": 80, "rows": 24}}\n', /is no asciicast of version 2/],
  ['{"version": 2, "width": 0, "height": 24}\n', /:1: the header has no width and height/],
  [`${HEADER}[1, "o"]\n`, /some\.cast:2: it is no event of an asciicast/],
  [`${HEADER}[1, "o", "a"]\n{"a":1}\n`, /some\.cast:3: it is no event/],
  [`${HEADER}[1, "r", "big"]\n`, /some\.cast:2: it is no event/],
])('%j is refused, with the line', async (text, message) => {
  await expect(events(file(text))).rejects.toThrow(message);
});
