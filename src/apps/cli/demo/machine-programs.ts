import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import type { ArchiveEntry } from '../../../platform/runtime/docker/tar-archive.js';

/** Looked at after the `PATH`, which may be a short one. */
const USUAL = ['/bin', '/usr/bin', '/sbin', '/usr/sbin', '/usr/local/bin'];
/** What a machine without busybox has of its own. */
const TOOLS = ['sh', 'sleep', 'cat', 'ls', 'id', 'hostname', 'touch', 'uname', 'env'];
/** Without these there is nothing to show. */
const NEEDED = ['sh', 'sleep', 'ls', 'touch'];
/** Type of the program header with the path of the dynamic linker (elf(5)). */
const PT_INTERP = 3;

/** Tools of this machine, as the files of an image. */
export interface MachinePrograms {
  /** What they were taken from, for people. */
  readonly from: string;
  readonly entries: readonly ArchiveEntry[];
}

/**
 * This machine's busybox, or without one its own tools, with the libraries they are linked with. Throws when there is
 * not even a shell that could be taken along.
 */
export function machinePrograms(directories = searchPath(process.env['PATH'] ?? '')): MachinePrograms {
  const busybox = find('busybox', directories);
  const files = new Map<string, ArchiveEntry>();
  const add = (file: string): void => {
    const name = file.slice(1);
    if (!files.has(name)) files.set(name, { path: name, mode: 0o755, content: readFileSync(file) });
  };
  const link = (name: string, target: string): void => {
    if (!files.has(`bin/${name}`)) files.set(`bin/${name}`, { path: `bin/${name}`, linkTo: target });
  };
  if (busybox !== undefined) {
    for (const file of [busybox, ...sharedLibraries(busybox)]) add(file);
    const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
    for (const applet of applets) link(applet, busybox);
    return { from: busybox, entries: [...files.values(), ...accounts] };
  }
  for (const tool of TOOLS) {
    const program = find(tool, directories);
    if (program === undefined) continue;
    for (const file of [program, ...sharedLibraries(program)]) add(file);
    link(tool, program);
  }
  const missing = NEEDED.filter((tool) => !files.has(`bin/${tool}`));
  if (missing.length > 0) {
    throw new Error(`no image can be made of this machine's programs without ${missing.join(', ')}: install busybox`);
  }
  return { from: 'the sh, ls, … of this machine', entries: [...files.values(), ...accounts] };
}

function searchPath(path: string): readonly string[] {
  return [...path.split(delimiter).filter((directory) => directory !== ''), ...USUAL];
}

const accounts: readonly ArchiveEntry[] = [
  { path: 'etc/passwd', mode: 0o644, content: Buffer.from('root:x:0:0:root:/:/bin/sh\n') },
  { path: 'etc/group', mode: 0o644, content: Buffer.from('root:x:0:\n') },
];

/** The real path of a program that can be taken along, that is, no script. */
function find(name: string, directories: readonly string[]): string | undefined {
  for (const directory of directories) {
    try {
      const file = realpathSync(join(directory, name));
      dynamicLinker(file);
      return file;
    } catch {
      // Not there, or a script.
    }
  }
  return undefined;
}

/** Absolute paths of what a program is linked with, the dynamic linker included; empty for a static one. */
export function sharedLibraries(program: string): readonly string[] {
  const linker = dynamicLinker(program);
  if (linker === undefined) return [];
  // glibc's and musl's answer in the same form.
  const listed = execFileSync(linker, ['--list', program], { encoding: 'utf8' });
  const found = [...listed.matchAll(/(\/\S+) \(0x[0-9a-f]+\)/g)].map(([, path = '']) => path);
  return [...new Set([linker, ...found])];
}

/** Of a 64-bit program, by its headers (elf(5)); undefined: it is static. Throws for what is no such program. */
function dynamicLinker(program: string): string | undefined {
  const file = openSync(program, 'r');
  try {
    const read = (position: number, length: number): Buffer => {
      const bytes = Buffer.alloc(length);
      readSync(file, bytes, 0, length, position);
      return bytes;
    };
    const header = read(0, 64);
    const [wide, littleEndian] = [2, 1];
    if (header.toString('latin1', 0, 4) !== '\x7fELF' || header[4] !== wide || header[5] !== littleEndian) {
      throw new Error(`${program} is no program for 64 bits`);
    }
    const [start, size, count] = [Number(header.readBigUInt64LE(32)), header.readUInt16LE(54), header.readUInt16LE(56)];
    for (let index = 0; index < count; index++) {
      const segment = read(start + index * size, size);
      if (segment.readUInt32LE(0) !== PT_INTERP) continue;
      const [at, length] = [Number(segment.readBigUInt64LE(8)), Number(segment.readBigUInt64LE(32))];
      return read(at, length).toString('utf8').replace(/\0.*$/, '');
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}
