// Writes docs/support-matrix.md from the services' own tables; `--check` fails when the file is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { supportMatrix } from '../dist/apps/support-matrix.js';

const file = fileURLToPath(new URL('../docs/support-matrix.md', import.meta.url));
const text = supportMatrix();
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write('docs/support-matrix.md is out of date: run `npm run support-matrix`\n');
    process.exit(1);
  }
} else {
  writeFileSync(file, text);
}
