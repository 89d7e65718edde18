import { readdir, readFile, readlink } from 'node:fs/promises';

/** The server's end of a connection; Node's `Socket` is one. */
export interface ServedConnection {
  readonly localPort?: number | undefined;
  readonly remotePort?: number | undefined;
}

/** Whether the other end of a connection stands where it may. Never rejects. */
export type CallerCheck = (connection: ServedConnection) => Promise<boolean>;

/**
 * A caller must hold its end of the connection in one of these processes. `hostPids` gives their numbers on this
 * machine; undefined when the runtime cannot tell, and then nothing is checked here.
 */
export function heldBy(hostPids: () => Promise<readonly number[] | undefined>): CallerCheck {
  // An end that was in the container stays there: one that is kept for further requests is not looked for again.
  const found = new WeakSet<ServedConnection>();
  return async (connection) => {
    if (found.has(connection)) return true;
    const { localPort = 0, remotePort = 0 } = connection;
    try {
      const pids = await hostPids();
      if (pids === undefined) return true;
      const inode = await inodeOf(remotePort, localPort);
      if (inode === undefined) return false;
      for (const pid of pids) {
        if (!(await holds(pid, inode))) continue;
        found.add(connection);
        return true;
      }
      return false;
    } catch {
      return false;
    }
  };
}

/** 127.0.0.1 as proc_net(5) has it, of a socket of IPv4 and of one of IPv6, such as Java's. */
const TABLES = [
  ['/proc/net/tcp', '0100007F'],
  ['/proc/net/tcp6', '0000000000000000FFFF00000100007F'],
] as const;

/** Of the caller's end of a connection over the loopback. The lines are `sl local_address rem_address … inode …`. */
async function inodeOf(callerPort: number, ourPort: number): Promise<string | undefined> {
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
  for (const [table, loopback] of TABLES) {
    const ends = `: ${loopback}:${hex(callerPort)} ${loopback}:${hex(ourPort)} `;
    const text = await readFile(table, 'latin1').catch(() => '');
    const line = text.split('\n').find((one) => one.includes(ends));
    const inode = line?.trim().split(/\s+/)[9];
    if (inode !== undefined && inode !== '0') return inode;
  }
  return undefined;
}

/** Processes come and go while they are looked at. */
async function holds(pid: number, inode: string): Promise<boolean> {
  const directory = `/proc/${pid}/fd`;
  const descriptors = await readdir(directory).catch(() => []);
  for (const descriptor of descriptors) {
    const target = await readlink(`${directory}/${descriptor}`).catch(() => '');
    if (target === `socket:[${inode}]`) return true;
  }
  return false;
}
