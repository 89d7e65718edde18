import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { StoreError } from './store-error.js';

/**
 * Makes a directory that only its owner may enter. One that is already there and open to others is closed when it is
 * empty, and refused when it is not: it may be somebody's.
 */
export function privateDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const mode = statSync(path).mode & 0o777;
    if ((mode & 0o077) === 0) return;
    if (readdirSync(path).length === 0) {
      chmodSync(path, 0o700);
      return;
    }
    throw new StoreError(
      'permissions',
      `${path} is open to other users (mode 0${mode.toString(8)}). It is to hold secrets: run \`chmod 700\` on it, or choose another directory.`,
    );
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const text = error instanceof Error ? error.message : String(error);
    throw new StoreError('permissions', `cannot make the directory ${path}: ${text}`, { cause: error });
  }
}
