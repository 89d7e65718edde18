import process from 'node:process';
import { FAILURE, USAGE } from '../../client/exit-status.js';
import { messageOf } from '../../client/failure-text.js';

/** Runs a command; resolves to its exit status, of a failure too, which is told in one line. */
export async function commandStatus(name: string, command: () => Promise<number>): Promise<number> {
  try {
    return await command();
  } catch (error) {
    process.stderr.write(`gangway: ${messageOf(error)}\n`);
    if (process.env['GANGWAY_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
    // Whatever `exec` exits with is taken for the status of the command it ran, except this one.
    if (name === 'exec') return FAILURE;
    return error instanceof Error && error.name === 'UsageError' ? USAGE : 1;
  }
}

/**
 * Whoever reads our output may have seen enough (`gangway exec --help | head -1`): the command then ends as it would
 * have. A session listens to its streams itself.
 */
export function tolerateBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/** Ends the process, all output written: what a command left behind must not keep it alive. */
export async function endProcess(status: number): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write('', () => resolve()));
  }
  process.exit(status);
}
