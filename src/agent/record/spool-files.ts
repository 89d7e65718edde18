import { closeSync, fdatasync, fstatSync, ftruncateSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { privateDirectory } from '../../platform/store/private-directory.js';
import { syncDirectory } from '../../platform/store/sync-directory.js';

/** What a spool needs of the file system. Everything throws, or rejects with, the system's error. */
export interface SpoolFiles {
  /** Mode 0700. */
  makeDirectory(path: string): void;
  list(directory: string): string[];
  /** A new file of mode 0600; one that is there already is an error. For reading and writing. */
  create(path: string): number;
  /** A file that is there. */
  open(path: string): number;
  size(file: number): number;
  /** One call of the system, which may write less than all. */
  write(file: number, bytes: Uint8Array, position: number): number;
  truncate(file: number, size: number): void;
  /** What was written is on the disk. */
  sync(file: number): Promise<void>;
  close(file: number): void;
  /** At most `length` bytes; fewer at the end of the file. */
  read(path: string, position: number, length: number): Promise<Uint8Array>;
  readAll(path: string): Promise<Uint8Array>;
  remove(path: string): void;
  /** Names made and removed in it are on the disk. */
  syncDirectory(path: string): Promise<void>;
}

const syncData = promisify(fdatasync);

export const nodeSpoolFiles: SpoolFiles = {
  makeDirectory: privateDirectory,
  list: (directory) => readdirSync(directory),
  create: (path) => openSync(path, 'wx+', 0o600),
  open: (path) => openSync(path, 'r+'),
  size: (file) => fstatSync(file).size,
  write: (file, bytes, position) => writeSync(file, bytes, 0, bytes.length, position),
  truncate: ftruncateSync,
  sync: syncData,
  close: closeSync,
  async read(path, position, length) {
    const file = await open(path, 'r');
    try {
      const bytes = Buffer.allocUnsafe(length);
      const { bytesRead } = await file.read(bytes, 0, length, position);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  },
  readAll: (path) => readFile(path),
  remove: (path) => rmSync(path, { force: true }),
  syncDirectory,
};
