import { commandStatus, endProcess, tolerateBrokenPipes } from './command-status.js';
import { exec } from './exec.js';

/** `gangway exec` alone, packed into one file by the build and called by `bin/gangway` with the arguments behind it. */
export async function execProgram(argv: readonly string[]): Promise<never> {
  tolerateBrokenPipes();
  return endProcess(await commandStatus('exec', () => exec(argv)));
}
