import { constants, openSync } from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';

/** Bytes that wait for a full pipe before a writer is told to: a few of the largest messages, written by one call. */
const WRITE_HIGH_WATER = 262_144;

/**
 * Opens one end of a pipe that another process has open, through /proc: a new open file of the same pipe, so that
 * non-blocking mode here is not the other end's. Throws when the process is gone.
 */
export function openPipe(pid: number, descriptor: number, direction: 'read' | 'write'): Socket {
  const mode = direction === 'read' ? constants.O_RDONLY : constants.O_WRONLY;
  const options: SocketConstructorOpts & { manualStart: boolean; writableHighWaterMark: number } = {
    fd: openSync(`/proc/${pid}/fd/${descriptor}`, mode | constants.O_NONBLOCK),
    readable: direction === 'read',
    writable: direction === 'write',
    writableHighWaterMark: WRITE_HIGH_WATER,
    // As tty.ReadStream does it: reading at once, an empty stream could have ended before anybody has heard of it.
    manualStart: true,
  };
  return new Socket(options);
}
