import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { ROOT_KEY_BYTES } from './sealer.js';

/** The root key cannot be used. The message is for the operator: cause and remedy. */
export class RootKeyError extends Error {
  override readonly name = 'RootKeyError';
}

/**
 * The key in a file: one line of base64, 32 bytes. It is made when it is not there and `make` says so. Kept apart from
 * the state, so that the state alone (a copy, a backup) opens nothing.
 */
export function openRootKey(path: string, { make }: { readonly make: boolean }): Uint8Array {
  return readRootKey(path) ?? (make ? makeRootKey(path) : missing(path));
}

function readRootKey(path: string): Uint8Array | undefined {
  let text: string;
  try {
    const { mode } = statSync(path);
    if ((mode & 0o077) !== 0) {
      throw new RootKeyError(
        `the root key ${path} can be read by other users (mode 0${(mode & 0o777).toString(8)}): run \`chmod 600\` on it`,
      );
    }
    text = readFileSync(path, 'latin1');
  } catch (error) {
    if (error instanceof RootKeyError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new RootKeyError(`cannot read the root key ${path}: ${(error as Error).message}`, { cause: error });
  }
  const line = text.replace(/\r?\n$/, '');
  const key = Buffer.from(line, 'base64');
  if (key.length !== ROOT_KEY_BYTES || key.toString('base64') !== line) {
    throw new RootKeyError(`${path} is no root key: it is to hold one line of base64, ${ROOT_KEY_BYTES} bytes`);
  }
  return new Uint8Array(key);
}

/** Whole or not at all, and never over one that another process has just made. */
function makeRootKey(path: string): Uint8Array {
  const temporary = `${path}.${process.pid}`;
  try {
    rmSync(temporary, { force: true });
    const file = openSync(temporary, 'wx', 0o600);
    try {
      writeSync(file, `${randomBytes(ROOT_KEY_BYTES).toString('base64')}\n`);
      // A power cut must not leave secrets sealed with a key that never reached the disk.
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    link(temporary, path);
    rmSync(temporary);
    syncDirectory(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new RootKeyError(`cannot make the root key ${path}: ${(error as Error).message}`, { cause: error });
  }
  return readRootKey(path) ?? missing(path);
}

function link(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function missing(path: string): never {
  throw new RootKeyError(`there is no root key ${path}: the secrets of this state cannot be opened without it`);
}
