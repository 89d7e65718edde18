import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openRootKey } from '../platform/crypto/root-key.js';

/**
 * What an agent seals its tasks' secrets with while it is away. It lies with them, readable for their owner only: it
 * keeps them out of backups and logs of single files, not from whoever has the whole directory.
 */
export function agentKey(directory: string): Uint8Array {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return openRootKey(join(directory, 'agent-key'), { make: true });
}
