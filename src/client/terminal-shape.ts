import type { Readable } from 'node:stream';
import { encodeSize } from '../core/protocol/size.js';
import { PayloadType } from '../core/protocol/payload-type.js';
import { AttachedSession, type AttachedSessionOptions } from './attached-session.js';
import { EscapeFilter, escapeHelp } from './escape-filter.js';
import { FAILURE, signalStatus } from './exit-status.js';
import { GANGWAY_INPUT_BYTES, InputPump, OFFICIAL_INPUT_BYTES } from './input-pump.js';
import type { SessionTerminal, TerminalSize } from './local-terminal.js';
import type { Signals } from './signals.js';

/** End of file as a terminal has it. */
const CONTROL_D = 0x04;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const DEFAULT_SIZE: TerminalSize = { columns: 80, rows: 24 };

export interface TerminalShapeOptions extends Omit<AttachedSessionOptions, 'streams' | 'lostHint'> {
  /** Absent when a pty was asked for although our stdin is no terminal: then stdin is typed into it. */
  readonly terminal: SessionTerminal | undefined;
  readonly stdin: Readable;
  /** TERM of the caller. */
  readonly term: string | undefined;
  /** One ASCII character; undefined switches escapes off. */
  readonly escapeCharacter: string | undefined;
  readonly signals: Signals;
}

/** A shell on a pty of the far side, seen through our terminal. Resolves to our exit status. */
export async function terminalShape(options: TerminalShapeOptions): Promise<number> {
  const { terminal, signals, stdin, notice } = options;
  const firstSize = terminal?.size ?? DEFAULT_SIZE;
  const escapes =
    terminal !== undefined && options.escapeCharacter !== undefined
      ? new EscapeFilter(options.escapeCharacter)
      : undefined;
  let pump: InputPump | undefined;
  const cleanups: (() => void)[] = [];

  const session = new AttachedSession(
    {
      ...options,
      streams: { mode: 'terminal', ...firstSize, ...(options.term !== undefined && { term: options.term }) },
      lostHint: escapes === undefined ? '' : ` (${options.escapeCharacter ?? ''}. to leave)`,
    },
    {
      ready: (outcome) => {
        enterRawMode();
        // A person may want to know; a script's stderr is its command's.
        if (outcome.customerMessage !== '') notice(outcome.customerMessage);
        const size = terminal?.size ?? DEFAULT_SIZE;
        const known =
          outcome.streams !== undefined && size.columns === firstSize.columns && size.rows === firstSize.rows;
        // The official agent learns the size by message only, and always gets one (wire-protocol 5.2).
        if (!known) sendSize();
        const bytes = outcome.streams === undefined ? OFFICIAL_INPUT_BYTES : GANGWAY_INPUT_BYTES;
        pump = new InputPump(stdin, session.connection, bytes);
        if (terminal === undefined) typeAll(pump);
        else pump.start(typed, () => void session.leave(FAILURE, 'the terminal is gone'));
      },
      writable: () => pump?.resume(),
      stdoutClosed: () => void session.leave(signalStatus('SIGPIPE')),
      ending: () => {
        pump?.stop();
        for (const cleanup of cleanups) cleanup();
        terminal?.restore();
      },
    },
  );

  /** Output waits for it, while the far side starts the command. */
  function enterRawMode(): void {
    const entered = terminal?.enterRawMode();
    if (entered === undefined) return;
    session.connection.pauseDelivery();
    void entered.then(() => session.connection.resumeDelivery());
  }

  function sendSize(): void {
    const { columns, rows } = terminal?.size ?? DEFAULT_SIZE;
    session.connection.write(PayloadType.Size, encodeSize({ cols: columns, rows }));
  }

  /** What a person types, less the escapes. */
  function typed(bytes: Uint8Array): void {
    if (escapes === undefined) {
      pump?.send(bytes);
      return;
    }
    for (const part of escapes.feed(bytes)) {
      if (typeof part !== 'string') pump?.send(part);
      else if (part === 'leave') return void session.leave(FAILURE, 'left the session');
      else if (part === 'help') options.stderr.write(`\r\n${escapeHelp(options.escapeCharacter ?? '')}`);
      else suspend();
    }
  }

  /** A file or pipe instead of a keyboard: it ends as a person would end it, with Ctrl-D on an empty line. */
  function typeAll(into: InputPump): void {
    let last = LINE_FEED;
    into.start(
      (bytes) => {
        last = bytes.at(-1) ?? last;
        into.send(bytes);
      },
      () => {
        const lineStart = last === LINE_FEED || last === CARRIAGE_RETURN;
        into.send(Uint8Array.from(lineStart ? [CONTROL_D] : [CONTROL_D, CONTROL_D]));
      },
    );
  }

  function suspend(): void {
    notice('suspended; fg brings it back');
    terminal?.restore();
    signals.stopSelf();
  }

  if (terminal !== undefined) {
    cleanups.push(terminal.onResize(sendSize));
    cleanups.push(
      signals.on('SIGCONT', () => {
        if (pump === undefined) return;
        terminal.restore();
        enterRawMode();
        sendSize();
      }),
    );
  }
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const) {
    cleanups.push(signals.on(signal, () => void session.leave(signalStatus(signal), `ended by ${signal}`)));
  }
  return session.finished;
}
