import type { Readable } from 'node:stream';
import { constants } from 'node:os';
import { encodeFlag, GangwayFlag, signalFlag } from '../core/protocol/flag.js';
import { PayloadType } from '../core/protocol/payload-type.js';
import { AttachedSession, type AttachedSessionOptions } from './attached-session.js';
import { FAILURE, signalStatus } from './exit-status.js';
import { GANGWAY_INPUT_BYTES, InputPump } from './input-pump.js';
import type { Signals } from './signals.js';

/** Signals of one kind the far side may ignore before we leave without it. */
export const SIGNALS_TO_LEAVE = 3;
/** How long a command whose output nobody reads may take to end. */
export const HANGUP_GRACE_MS = 2_000;
/** How long a command that was told to end may take to: who told us will not wait much longer. */
export const TERMINATE_GRACE_MS = 10_000;

const UNSUPPORTED =
  'the agent in this container has no separate streams and no exit status (it is not Gangway’s): use -t for a terminal';

export interface PipeShapeOptions extends Omit<AttachedSessionOptions, 'streams' | 'lostHint'> {
  readonly stdin: Readable;
  readonly signals: Signals;
}

/** A command with stdin, stdout and stderr apart. Resolves to the command's own exit status. */
export async function pipeShape(options: PipeShapeOptions): Promise<number> {
  const { signals, stdin } = options;
  let pump: InputPump | undefined;
  const cleanups: (() => void)[] = [];
  const received = new Map<NodeJS.Signals, number>();

  const session = new AttachedSession(
    { ...options, streams: { mode: 'pipes' }, lostHint: '' },
    {
      ready: (outcome) => {
        if (outcome.streams === undefined) return void session.leave(FAILURE, UNSUPPORTED);
        const into = new InputPump(stdin, session.connection, GANGWAY_INPUT_BYTES);
        pump = into;
        into.start(
          (bytes) => into.send(bytes),
          () => session.connection.write(PayloadType.Flag, encodeFlag(GangwayFlag.StdinEof)),
        );
      },
      writable: () => pump?.resume(),
      stdoutClosed: hangUp,
      ending: () => {
        pump?.stop();
        for (const cleanup of cleanups) cleanup();
      },
    },
  );

  /** What a pipe does to a local command: SIGPIPE there, and the status of one that died of it here. */
  function hangUp(): void {
    forward('SIGPIPE');
    leaveAfter(HANGUP_GRACE_MS, 'SIGPIPE');
  }

  function leaveAfter(ms: number, signal: NodeJS.Signals): void {
    const timer = setTimeout(() => void session.leave(signalStatus(signal)), ms);
    cleanups.push(() => clearTimeout(timer));
  }

  function forward(signal: NodeJS.Signals): void {
    session.connection.write(PayloadType.Flag, encodeFlag(signalFlag(constants.signals[signal])));
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
    cleanups.push(
      signals.on(signal, () => {
        const count = (received.get(signal) ?? 0) + 1;
        received.set(signal, count);
        if (pump === undefined || session.linkLost || count >= SIGNALS_TO_LEAVE) {
          void session.leave(signalStatus(signal));
          return;
        }
        forward(signal);
        if (signal === 'SIGTERM' || signal === 'SIGHUP') leaveAfter(TERMINATE_GRACE_MS, signal);
      }),
    );
  }
  return session.finished;
}
