import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import type { Candidate, Command, Contender } from './contender.js';
import { pidsNamed, tree } from './cpu.js';
import type { BenchTask, Gangway } from './gangway.js';
import { prompt } from './terminal.js';

const has = (name: string): boolean => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
const shell = ['/bin/busybox', 'sh'];

/** The floor: the same shell on a pty, with nothing in between. */
export function plainPty(): Contender {
  return {
    name: 'plain pty',
    terminal: () => ({ file: shell[0] ?? '', args: shell.slice(1) }),
    piped: (script) => ({ file: shell[0] ?? '', args: ['sh', '-c', script] }),
    servers: () => [],
  };
}

/** `docker exec` into a container made from the common root; stopped by `stop`. */
export function docker(root: string): { candidate: Candidate; stop: () => void } {
  const name = 'docker exec';
  if (!has('docker')) return { candidate: { name, skipped: 'docker is not installed' }, stop: () => undefined };
  if (spawnSync('docker', ['info'], { stdio: 'ignore' }).status !== 0) {
    return { candidate: { name, skipped: 'no Docker Engine is running' }, stop: () => undefined };
  }
  const tag = `gangway-bench:${process.pid}`;
  execFileSync('sh', ['-c', `tar -C "$1" -c . | docker import - ${tag}`, 'sh', root], { stdio: 'ignore' });
  const id = execFileSync('docker', ['run', '-d', '--rm', '--network=none', tag, '/bin/sleep', '100000'], {
    encoding: 'utf8',
  }).trim();
  return {
    candidate: {
      name,
      terminal: () => ({ file: 'docker', args: ['exec', '-it', '-e', `PS1=${prompt}`, id, '/bin/sh'] }),
      piped: (script) => ({ file: 'docker', args: ['exec', '-i', id, '/bin/sh', '-c', script] }),
      servers: () => ['dockerd', 'containerd', 'containerd-shim'].flatMap(pidsNamed),
    },
    stop: () => {
      spawnSync('docker', ['rm', '-f', id], { stdio: 'ignore' });
      spawnSync('docker', ['rmi', '-f', tag], { stdio: 'ignore' });
    },
  };
}

/** `ssh` to an sshd of our own on the loopback interface. */
export async function ssh(scratch: string, port: number): Promise<{ candidate: Candidate; stop: () => void }> {
  const name = 'ssh';
  const missing = ['/usr/sbin/sshd', 'ssh', 'ssh-keygen'].find((program) => !has(program));
  if (missing) return { candidate: { name, skipped: `${missing} is not installed` }, stop: () => undefined };
  if (process.getuid?.() !== 0) return { candidate: { name, skipped: 'sshd needs root' }, stop: () => undefined };
  const directory = join(scratch, 'ssh');
  mkdirSync(directory, { mode: 0o700 });
  mkdirSync('/run/sshd', { recursive: true });
  for (const key of ['host', 'id']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, key)]);
  }
  const config = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${directory}/host`,
    `AuthorizedKeysFile ${directory}/id.pub`,
    `PidFile ${directory}/pid`,
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin prohibit-password',
    'PrintMotd no',
    'PrintLastLog no',
  ];
  writeFileSync(join(directory, 'config'), config.join('\n') + '\n');
  chmodSync(join(directory, 'id.pub'), 0o600);
  const daemon = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(directory, 'config')], { stdio: 'ignore' });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const options = ['UserKnownHostsFile=/dev/null', 'StrictHostKeyChecking=no', 'LogLevel=ERROR', 'BatchMode=yes'];
  const args = ['-F', 'none', '-p', String(port), '-i', join(directory, 'id'), ...options.flatMap((o) => ['-o', o])];
  const user = 'root@127.0.0.1';
  return {
    candidate: {
      name,
      terminal: () => ({ file: 'ssh', args: [...args, '-tt', user, `PS1='${prompt}' ${shell.join(' ')}`] }),
      piped: (script) => ({ file: 'ssh', args: [...args, user, `${shell.join(' ')} -c '${script}'`] }),
      servers: () =>
        daemon.pid === undefined ? [] : tree(daemon.pid).filter((pid) => pidsNamed('sshd').includes(pid)),
    },
    stop: () => daemon.kill(),
  };
}

/** AWS's own client against Gangway; the session is started through the API as the AWS CLI does. */
export function officialPlugin(gangway: Gangway): Candidate {
  const name = 'official plugin';
  if (!has('session-manager-plugin')) return { name, skipped: 'session-manager-plugin is not on PATH' };
  return {
    name,
    terminal: () => gangway.pluginCommand(),
    servers: () => gangway.servers(),
  };
}

/** Our own client. */
export function gangwayExec(
  gangway: Gangway,
  name = 'gangway exec',
  { task, cluster }: BenchTask = gangway,
): Contender {
  const command = (args: readonly string[]): Command => ({
    file: process.execPath,
    args: [gangway.program, 'exec', task, '--cluster', cluster, ...args],
    environment: gangway.environment,
  });
  return {
    name,
    terminal: () => command([]),
    piped: (script) => command(['--', '/bin/sh', '-c', script]),
    servers: () => gangway.servers(),
  };
}
