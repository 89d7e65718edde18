import { realpath } from 'node:fs/promises';

/**
 * What of this host is in a toolbox: programs and what they read, where the usual systems have them. None of it is
 * secret; what is not there is left out.
 */
const tools = [
  ...['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/usr', '/nix/store', '/gnu/store'],
  ...['alternatives', 'ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'ld-musl-x86_64.path', 'ld-musl-aarch64.path'],
  ...['passwd', 'group', 'nsswitch.conf', 'protocols', 'services', 'ethertypes', 'localtime', 'ssl/certs'],
  ...['ssl/openssl.cnf', 'pki/tls/certs', 'ca-certificates', 'terminfo', 'inputrc', 'profile', 'bash.bashrc', 'vim'],
  ...['magic', 'mime.types'],
].map((name) => (name.startsWith('/') ? name : `/etc/${name}`));

/** Arguments of `gangway-sandbox enter`. `state` is the container's directory; `secret` lies in none of its tools. */
export async function toolboxArguments(state: string, secret: readonly string[]): Promise<string[]> {
  const found = await Promise.all(secret.map((path) => realpath(path).catch(() => undefined)));
  return [
    ...['--directory', '/', '--toolbox', await realpath(state)],
    ...tools.flatMap((path) => ['--tool', path]),
    ...found.flatMap((path) => (path === undefined ? [] : ['--mask', path])),
  ];
}
