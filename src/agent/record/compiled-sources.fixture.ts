import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

const src = resolve(import.meta.dirname, '../..');

/** Compiles a module of src/ and all it imports into a directory, to be run in a process of its own; its path there. */
export function compileSources(entry: string, directory: string): string {
  const output = join(directory, 'compiled');
  mkdirSync(output);
  writeFileSync(join(output, 'package.json'), '{"type":"module"}');
  symlinkSync(resolve(src, '../node_modules'), join(output, 'node_modules'));
  const done = new Set<string>();
  const compile = (file: string): void => {
    if (done.has(file)) return;
    done.add(file);
    const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
    });
    const to = join(output, relative(src, file)).replace(/\.ts$/, '.js');
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, outputText);
    for (const [, specifier = ''] of outputText.matchAll(/(?:from|import\()\s*'(\.[^']+)\.js'/g)) {
      compile(`${resolve(dirname(file), specifier)}.ts`);
    }
  };
  compile(entry);
  return join(output, relative(src, entry)).replace(/\.ts$/, '.js');
}
