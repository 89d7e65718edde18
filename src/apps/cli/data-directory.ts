import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where state is kept: `--data DIR`, or `~/.gangway`. */
export function dataDirectory(option: string | undefined): string {
  return option === undefined ? join(homedir(), '.gangway') : resolve(option);
}
