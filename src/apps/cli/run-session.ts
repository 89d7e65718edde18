import { randomUUID } from 'node:crypto';
import process from 'node:process';
import type { Readable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import type { AwsCall } from '../../client/aws-call.js';
import { awsSessionApi } from '../../client/aws-session-api.js';
import { withLazyTarget } from '../../client/data-key.js';
import { LocalTerminal } from '../../client/local-terminal.js';
import { pipeShape } from '../../client/pipe-shape.js';
import type { ClientSession } from '../../client/session-api.js';
import { SessionConnection, type SessionEvents } from '../../client/session-connection.js';
import { processSignals } from '../../client/signals.js';
import { terminalShape } from '../../client/terminal-shape.js';
import type { KeyService, StreamsRequest } from '../../core/channel/channel-api.js';
import { kmsKeyService } from '../../platform/aws/kms-client.js';
import type { Dial } from '../../platform/aws/message-socket.js';
import { nodeChannelEnvironment } from '../../platform/crypto/node-channel-environment.js';

export interface RunSessionOptions {
  readonly session: ClientSession;
  readonly call: AwsCall;
  readonly dial: Dial;
  /** Instead of the KMS that `call` reaches. */
  readonly keyService?: KeyService;
  /** The session's target, when a data key asks for it. */
  readonly target: () => Promise<string>;
  readonly terminal: boolean;
  readonly escapeCharacter: string | undefined;
  /** Instead of ours. */
  readonly stdin?: Readable;
}

/** Binds a started session to this process's terminal or pipes; resolves to our exit status. */
export async function runSession(options: RunSessionOptions): Promise<number> {
  const { session, call, dial, target } = options;
  const keys = options.keyService ?? kmsKeyService((operation, input) => call('kms', operation, input));
  const open = (streams: StreamsRequest, events: SessionEvents): SessionConnection =>
    new SessionConnection(
      {
        session,
        api: awsSessionApi(call),
        dial,
        environment: nodeChannelEnvironment,
        keyService: withLazyTarget(keys, target),
        streams,
        newId: randomUUID,
        random: Math.random,
      },
      events,
    );
  const { stdin, stdout, stderr } = process;
  const local = options.terminal && stdin.isTTY ? new LocalTerminal(stdin, sizeSource()) : undefined;
  const common = {
    open,
    stdin: options.stdin ?? stdin,
    stdout,
    stderr,
    signals: processSignals,
    notice: (line: string): void => {
      // On a terminal the far side has the cursor somewhere, and raw mode has no line ends of its own.
      stderr.write(local === undefined ? `gangway: ${line}\n` : `\r\ngangway: ${line}\r\n`);
    },
  };
  if (!options.terminal) return pipeShape(common);
  return terminalShape({
    ...common,
    terminal: local,
    term: process.env['TERM'],
    escapeCharacter: options.escapeCharacter,
  });
}

/** The size is a matter of the terminal, whichever of our streams still leads there. */
function sizeSource(): WriteStream | undefined {
  if (process.stdout.isTTY) return process.stdout;
  if (process.stderr.isTTY) return process.stderr;
  return undefined;
}
