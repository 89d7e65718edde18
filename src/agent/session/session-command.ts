import type { StreamsRequest } from '../../core/channel/channel-api.js';
import type { SessionDocument, SessionFreedom } from '../../core/protocol/session-document.js';
import { CommandLineError, splitCommand } from '../../core/protocol/split-command.js';
import { SessionFailure, sessionTypeUnknown } from './session-failure.js';

/** What a document without a command runs. */
const DEFAULT_SHELL = ['/bin/sh'] as const;
/** Session types that are a command in a terminal (wire-protocol 1.6). */
const SHELL_TYPES: ReadonlySet<string> = new Set(['InteractiveCommands', 'NonInteractiveCommands', 'Standard_Stream']);

/** The words of the document's command, to be run as they are, without a shell (T24). */
export function sessionArgv(document: SessionDocument): string[] {
  const { commands, sessionType } = document;
  if (!SHELL_TYPES.has(sessionType)) throw sessionTypeUnknown(sessionType);
  if (sessionType === 'Standard_Stream' && commands.trim() === '') return [...DEFAULT_SHELL];
  try {
    return splitCommand(commands);
  } catch (error) {
    if (!(error instanceof CommandLineError)) throw error;
    // A shell exits with 2 on a syntax error.
    throw new SessionFailure(error.message, { exitStatus: 2, cause: error });
  }
}

/** What AWS's agent adds to a container's environment for the user (wire-protocol 5.7). */
export function sessionEnvironment(
  streams: StreamsRequest | undefined,
  container: Readonly<Record<string, string>>,
  freedom?: SessionFreedom,
): Record<string, string> {
  return {
    // Another user has another home, and a toolbox is not root's: the runtime knows which.
    ...(freedom?.user === undefined && freedom?.toolbox === undefined && { HOME: '/root' }),
    TERM: streams?.term ?? 'xterm-256color',
    ...((container['LANG'] ?? '') === '' ? { LANG: 'C.UTF-8' } : {}),
  };
}
