import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const sources = import.meta.dirname;

/** Compiles the modules of this folder into a directory, so that a test can run them in a process of its own. */
export function compileStore(directory: string): string {
  const output = join(directory, 'compiled');
  mkdirSync(output);
  writeFileSync(join(output, 'package.json'), '{"type":"module"}');
  symlinkSync(join(sources, '../../../node_modules'), join(output, 'node_modules'));
  for (const name of readdirSync(sources)) {
    if (!/^[a-z-]+\.ts$/.test(name)) continue;
    const { outputText } = ts.transpileModule(readFileSync(join(sources, name), 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
    });
    writeFileSync(join(output, name.replace(/\.ts$/, '.js')), outputText);
  }
  return output;
}
