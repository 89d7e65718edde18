import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'docker-host-id';

/** The name that containers of this state have with the daemon; undefined while there never was one. */
export function readHostId(stateDirectory: string): string | undefined {
  try {
    return readFileSync(join(stateDirectory, FILE), 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

/** Makes it when it is not there: of two Gangways with one daemon, neither removes what is the other's. */
export function openHostId(stateDirectory: string): string {
  const known = readHostId(stateDirectory);
  if (known !== undefined) return known;
  const id = randomUUID();
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  writeFileSync(join(stateDirectory, FILE), `${id}\n`, { mode: 0o600, flag: 'wx' });
  return id;
}
