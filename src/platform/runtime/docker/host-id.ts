import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The name that the containers of this state have with the daemon, made when it is not there: of two Gangways with one
 * daemon, neither removes what is the other's.
 */
export function openHostId(stateDirectory: string): string {
  const path = join(stateDirectory, 'docker-host-id');
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const id = randomUUID();
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  writeFileSync(path, `${id}\n`, { mode: 0o600, flag: 'wx' });
  return id;
}
