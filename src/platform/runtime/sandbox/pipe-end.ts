import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';

/**
 * Opens one end of a pipe that another process has open, through /proc: a new open file of the same pipe, so that
 * non-blocking mode here is not the other end's. Throws when the process is gone.
 */
export function openPipe(pid: number, descriptor: number, direction: 'read' | 'write'): Socket {
  const mode = direction === 'read' ? constants.O_RDONLY : constants.O_WRONLY;
  const fd = openSync(`/proc/${pid}/fd/${descriptor}`, mode | constants.O_NONBLOCK);
  return new Socket({ fd, readable: direction === 'read', writable: direction === 'write' });
}
