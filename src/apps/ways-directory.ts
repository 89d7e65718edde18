import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a path of ways may take: a socket's has room for 107 bytes (unix(7)), of which a task and a port take 40. */
export const MAX_WAYS_PATH = 65;

/** Where a host keeps the sockets of its tasks: with its state, or where that lies too deep, under a name made of it. */
export function waysDirectory(stateDirectory: string): string {
  const near = join(stateDirectory, 'ways');
  if (Buffer.byteLength(near) <= MAX_WAYS_PATH) return near;
  const name = createHash('sha256').update(stateDirectory).digest('hex').slice(0, 16);
  return join(tmpdir(), `gangway-${name}`);
}
