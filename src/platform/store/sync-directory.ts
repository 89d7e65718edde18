import { open } from 'node:fs/promises';

/** Names made, changed and removed in the directory are on the disk when it resolves. Rejects with the system's error. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
