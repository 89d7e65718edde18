import { mkdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseMountInfo } from './mount-info.js';
import { errnoName } from './program-failure.js';
import { startRefusal } from './start-refusal.js';

/**
 * A directory of the host that a container is to see, without links; made where it is not there, as Docker does.
 * Rejects with {@link StartError} when it is none, or holds one of `secret`, or lies in one.
 */
export async function hostDirectory(path: string, secret: readonly string[]): Promise<string> {
  if (!path.startsWith('/')) throw startRefusal(`invalid mount source ${JSON.stringify(path)}: it must be absolute`);
  const hidden = await Promise.all(secret.map((one) => realpath(one).catch(() => one)));
  await refuseSecret(await resolved(path), path, hidden);
  try {
    await makeDirectories(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') throw startRefusal(`mount source ${path} is not a directory`, cause);
    throw startRefusal(`error while creating mount source path '${path}': mkdir ${path}: ${errnoName(cause)}`, cause);
  }
  const found = await realpath(path).catch((cause: unknown) => {
    throw startRefusal(`mount source ${path}: ${errnoName(cause)}`, cause);
  });
  await refuseSecret(found, path, hidden);
  return found;
}

/** As mkdir -p. Node's own never comes back where the kernel makes no directories (in /proc). */
async function makeDirectories(path: string): Promise<void> {
  const status = await stat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  });
  if (status?.isDirectory()) return;
  if (status !== undefined) throw Object.assign(new Error('not a directory'), { code: 'ENOTDIR' });
  await makeDirectories(dirname(path));
  await mkdir(path, { mode: 0o755 }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
}

/** Without links as far as it is there; what is not yet there has none. */
async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await resolved(parent), basename(path));
  }
}

async function refuseSecret(found: string, path: string, hidden: readonly string[]): Promise<void> {
  const above = await ancestry(found);
  const below = await Promise.all((await mountsBelow(found)).map((mount) => ancestry(mount)));
  for (const secret of hidden) {
    const secretAbove = await ancestry(secret);
    const own = secretAbove[0];
    // By device and inode: a bind mount of the host may show the same directory under another name.
    const shows = [above, ...below].some(([first]) => first !== undefined && secretAbove.includes(first));
    if (shows || (own !== undefined && above.includes(own))) {
      throw startRefusal(`mount source ${path} would show where Gangway keeps its state and keys`);
    }
  }
}

/** Where something is mounted below a directory, which a container would see with it. */
async function mountsBelow(directory: string): Promise<string[]> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  const prefix = directory === '/' ? '/' : `${directory}/`;
  return parseMountInfo(mounts)
    .map(({ mountPoint }) => mountPoint)
    .filter((mountPoint) => mountPoint.startsWith(prefix));
}

/** What tells it and each directory above it from all others; undefined: not there, or out of sight. */
async function ancestry(path: string): Promise<(string | undefined)[]> {
  const chain: (string | undefined)[] = [];
  for (let at = path; ; at = dirname(at)) {
    const status = await stat(at, { bigint: true }).catch(() => undefined);
    chain.push(status && `${status.dev}:${status.ino}`);
    if (at === dirname(at)) return chain;
  }
}
