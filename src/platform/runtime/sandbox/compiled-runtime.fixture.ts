import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const sources = join(import.meta.dirname, '..');

/** Compiles the runtime, fixtures too, into a directory, so that a test can run it in a process of its own. */
export function compileRuntime(directory: string): string {
  const output = join(directory, 'compiled');
  mkdirSync(output);
  writeFileSync(join(output, 'package.json'), '{"type":"module"}');
  for (const name of readdirSync(sources, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
    const { outputText } = ts.transpileModule(readFileSync(join(sources, name), 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
    });
    mkdirSync(dirname(join(output, name)), { recursive: true });
    writeFileSync(join(output, name.replace(/\.ts$/, '.js')), outputText);
  }
  return output;
}
