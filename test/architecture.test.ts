import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** What each floor may import besides itself. */
const below: Record<string, readonly string[]> = {
  core: [],
  platform: ['core'],
  services: ['core', 'platform'],
  agent: ['core', 'platform'],
  client: ['core', 'platform'],
  apps: ['core', 'platform', 'services', 'agent', 'client'],
};

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !/\.(test|contract|fixture)\.ts$/.test(name))
  .map((name) => join(src, name));

interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const pattern = /^(?:import|export)\s+(type\s)?[^'"]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/gm;
  return [...text.matchAll(pattern)].map((match) => ({
    from: file,
    specifier: match[2] ?? match[3] ?? '',
    typeOnly: match[1] !== undefined,
  }));
}

const floorOf = (path: string): string => relative(src, path).split('/')[0] ?? '';
const resolved = (entry: Import): string => resolve(dirname(entry.from), entry.specifier).replace(/\.js$/, '.ts');
const imports = files.flatMap(importsOf);
const show = (entry: Import): string => `${relative(src, entry.from)} -> ${entry.specifier}`;

describe('the house', () => {
  it('has files on every floor', () => {
    expect([...new Set(files.map(floorOf))].sort()).toEqual(Object.keys(below).sort());
  });

  it('imports only go down, and the three actors never meet', () => {
    const wrong = imports
      .filter((entry) => entry.specifier.startsWith('.'))
      .filter((entry) => {
        const from = floorOf(entry.from);
        const to = floorOf(resolved(entry));
        return from !== to && !(below[from] ?? []).includes(to);
      });
    expect(wrong.map(show)).toEqual([]);
  });

  it('core imports nothing but itself', () => {
    const wrong = imports.filter((entry) => floorOf(entry.from) === 'core' && !entry.specifier.startsWith('.'));
    expect(wrong.map(show)).toEqual([]);
  });

  it('has no rings of value imports', () => {
    const edges = new Map<string, string[]>();
    for (const entry of imports) {
      if (!entry.specifier.startsWith('.') || entry.typeOnly) continue;
      edges.set(entry.from, [...(edges.get(entry.from) ?? []), resolved(entry)]);
    }
    const rings: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) {
        rings.push([...path.slice(path.indexOf(file)), file].map((name) => relative(src, name)).join(' -> '));
        return;
      }
      if (done.has(file)) return;
      for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(rings).toEqual([]);
  });

  it('has no file past 300 lines', () => {
    const long = files
      .map((file) => ({ file: relative(src, file), lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
      .filter(({ lines }) => lines > 300);
    expect(long).toEqual([]);
  });

  it('has no utils, helpers, common or manager', () => {
    const vague = files.filter((file) =>
      /(^|[/-])(utils?|helpers?|common|misc|manager)([/.-]|$)/.test(relative(src, file)),
    );
    expect(vague.map((file) => relative(src, file))).toEqual([]);
  });
});
