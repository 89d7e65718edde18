import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { processSignals } from '../../client/signals.js';
import { Limits } from '../../services/limits.js';
import { Option } from './commander.js';
import { Belongings } from './demo/belongings.js';
import { Interruption } from './demo/interruption.js';
import { instructions, Narration } from './demo/demo-terminal.js';
import { runDockerDemo } from './demo/run-docker-demo.js';
import { runSandboxDemo } from './demo/run-sandbox-demo.js';
import type { StartGangway } from './demo/start-gangway.js';
import { startLocalGangway } from './local-gangway.js';
import { createOperatorLog } from './operator-log.js';
import { newCommand, parseCommand } from './parse-command.js';

interface DemoOptions {
  readonly runtime: 'sandbox' | 'docker';
  readonly keep?: true;
  readonly verbose?: true;
}

const HELP = `
With --runtime docker: a task of two containers in Docker, one of which is read-only and the other has no shell; what
AWS refuses there, and what is had with two of its limits lifted. The images are made of this machine's programs, and
removed again: no registry is asked.`;

export async function demo(argv: readonly string[]): Promise<number> {
  const command = newCommand('demo', 'Runs a command inside a container, from nothing, and cleans up.')
    .usage('[options]')
    .addOption(
      new Option('--runtime <kind>', 'what runs the containers').choices(['sandbox', 'docker']).default('sandbox'),
    )
    .option('--keep', 'leave it running until Ctrl-C')
    .option('-v, --verbose', 'show the log of the endpoint')
    .addHelpText('after', HELP);
  if (!parseCommand(command, argv)) return 0;
  const { runtime, keep = false, verbose = false } = command.opts<DemoOptions>();
  const interruption = new Interruption(processSignals);
  const belongings = new Belongings();
  const narration = new Narration();
  void interruption.raised.then(() => {
    narration.end();
    process.stderr.write('\ngangway: cleaning up\n');
  });
  try {
    const { made: directory } = await belongings.hold(
      () => Promise.resolve(mkdtempSync(join(tmpdir(), 'gangway-demo-'))),
      (made) => rmSync(made, { recursive: true, force: true }),
    );
    const log = createOperatorLog('text', verbose, verbose ? process.stderr : silent);
    const start: StartGangway = (limits = Limits.aws) =>
      belongings.hold(
        () =>
          startLocalGangway({
            ...{ directory, runtime, limits, log },
            ...{ host: '127.0.0.1', port: 0, region: 'us-east-1', accountId: undefined, agent: true },
          }),
        (gangway) => gangway.stop(),
      );
    const stage = { directory, start, narration, log, belongings };
    const shown = runtime === 'docker' ? runDockerDemo(stage) : runSandboxDemo(stage);
    const exec = await interruption.endsAt(shown);
    if (keep) {
      instructions(narration, directory, exec);
      await interruption.raised;
    }
    return 0;
  } finally {
    await belongings.close();
  }
}

/** The demonstration is on stdout; the endpoint's log would only stand in between. */
const silent = { write: (): void => {} };
