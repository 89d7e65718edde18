import { readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ContainerSettings } from '../../../core/protocol/container-settings.js';
import { StartError } from '../runtime.js';

/** Directories of the host that a container finds empty, and writable, with their modes. */
const emptied: readonly (readonly [path: string, mode: string])[] = [
  ['/home', '0755'],
  ['/media', '0755'],
  ['/mnt', '0755'],
  ['/root', '0700'],
  ['/run', '0755'],
  ['/tmp', '1777'],
  ['/var/tmp', '1777'],
];

/** What other container programs keep, other containers' files among it. */
const hidden = ['/var/lib/containerd', '/var/lib/containers', '/var/lib/docker', '/var/lib/kubelet'];

/** Files of /etc that belong to the container, as with Docker. */
const files = ['hostname', 'hosts', 'resolv.conf'];

/** Empty; lies over secret files that stand beside others. */
const MASKED_FILE = 'masked';

export const HOST_IMAGE = 'host';
export const ROOTFS_IMAGE = 'rootfs:';

/** The lower layer that an image names: an absolute directory without links. */
export async function imageDirectory(image: string): Promise<string> {
  if (image === HOST_IMAGE) return '/';
  const directory = image.slice(ROOTFS_IMAGE.length);
  if (!directory.startsWith('/')) {
    throw new StartError(`CannotPullContainerError: ${image}: the directory must be an absolute path`);
  }
  try {
    const found = await realpath(directory);
    if (!(await stat(found)).isDirectory()) throw new Error('not a directory');
    return found;
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such directory' : (cause as Error).message;
    throw new StartError(`CannotPullContainerError: ${image}: ${reason}`, { cause });
  }
}

/** Arguments for what lies over the image: private directories, secrets out of sight, the files of {@link writeFiles}. */
export async function rootArguments(
  directory: string,
  secret: readonly string[],
  secretFiles: readonly string[] = [],
): Promise<string[]> {
  const host = directory === '/';
  const masks = new Set([...(await resolved(secret)), ...(host ? [...hidden, ...(await ownHome())] : [])]);
  return [
    ...(host ? emptied : []).flatMap(([path, mode]) => ['--empty', mode, path]),
    ...[...masks].flatMap((path) => maskArguments(directory, path)),
    ...files.flatMap((name) => ['--file', name, `/etc/${name}`]),
    ...(await resolved(secretFiles)).flatMap((path) => {
      const inside = insideImage(directory, path);
      return inside === undefined ? [] : ['--file', MASKED_FILE, inside];
    }),
  ];
}

/** Writes what the container shall find in /etc, into `target`. */
export async function writeFiles(target: string, hostname: string, settings: ContainerSettings = {}): Promise<void> {
  const hosts = (await hostFile('hosts')) ?? '127.0.0.1\tlocalhost\n::1\tlocalhost\n';
  // On systemd hosts this is a link into /run, which the container does not see; the content is what it needs.
  const resolv = resolverFile(await hostFile('resolv.conf'), settings);
  await writeFile(join(target, 'hostname'), `${hostname}\n`, { mode: 0o644 });
  const extra = (settings.extraHosts ?? []).map(({ hostname: name, ipAddress }) => `${ipAddress}\t${name}\n`).join('');
  const own = `127.0.0.1\t${hostname}\n`;
  await writeFile(join(target, 'hosts'), `${hosts.replace(/\n?$/, '\n')}${extra}${own}`, { mode: 0o644 });
  await writeFile(join(target, MASKED_FILE), '', { mode: 0o400 });
  if (resolv !== undefined) await writeFile(join(target, 'resolv.conf'), resolv, { mode: 0o644 });
}

/** The host's, with what the definition has of its own in place of that, as Docker does it. */
function resolverFile(host: string | undefined, settings: ContainerSettings): string | undefined {
  const { dnsServers = [], dnsSearchDomains = [] } = settings;
  if (dnsServers.length === 0 && dnsSearchDomains.length === 0) return host;
  const replaced = [dnsServers.length > 0 && 'nameserver', dnsSearchDomains.length > 0 && 'search|domain'];
  const theirs = new RegExp(`^\\s*(${replaced.filter((name) => name !== false).join('|')})\\s`);
  const kept = (host ?? '').split('\n').filter((line) => line !== '' && !theirs.test(line));
  const search = dnsSearchDomains.length > 0 ? [`search ${dnsSearchDomains.join(' ')}`] : [];
  return [...dnsServers.map((server) => `nameserver ${server}`), ...search, ...kept, ''].join('\n');
}

function maskArguments(directory: string, path: string): string[] {
  if (path === directory)
    throw new StartError(`CannotStartContainerError: ${directory} is where Gangway keeps its state`);
  const inside = insideImage(directory, path);
  return inside === undefined ? [] : ['--mask', inside];
}

/** Where the container has a path of the host; undefined: nowhere. */
function insideImage(directory: string, path: string): string | undefined {
  const prefix = directory === '/' ? '/' : `${directory}/`;
  return path.startsWith(prefix) ? `/${path.slice(prefix.length)}` : undefined;
}

/** A home of this user elsewhere than in /home; one shared with others (a service's) is none of his secrets. */
async function ownHome(): Promise<string[]> {
  const [home] = await resolved([homeDirectory()]);
  if (home === undefined || home === '/' || /^\/(home|root)(\/|$)/.test(home)) return [];
  const { uid } = await stat(home);
  return uid !== 0 && uid === process.getuid?.() ? [home] : [];
}

function homeDirectory(): string {
  try {
    return homedir();
  } catch {
    // A user without an entry in /etc/passwd.
    return '/root';
  }
}

async function resolved(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map((path) => realpath(path).catch(() => undefined)));
  return found.filter((path) => path !== undefined);
}

function hostFile(name: string): Promise<string | undefined> {
  return readFile(`/etc/${name}`, 'utf8').catch(() => undefined);
}
