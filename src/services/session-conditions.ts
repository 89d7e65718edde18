import { type SessionFreedom, userCondition } from '../core/protocol/session-document.js';

/** What a session runs, and as what. */
export interface AskedSession {
  /** As it was asked for; empty: the default shell. */
  readonly command: string;
  readonly freedom?: SessionFreedom | undefined;
}

/**
 * Condition keys of ours on `ecs:ExecuteCommand`, and on `ssm:StartSession` into a container, which must not be a way
 * around them. They are always there, whatever limits hold: a command runs as somebody, with or without a toolbox.
 */
export function sessionConditions({ command, freedom }: AskedSession): Record<string, string> {
  const { user, toolbox } = freedom ?? {};
  return {
    'gangway:command': command,
    'gangway:user': userCondition(user),
    'gangway:debug': String(toolbox !== undefined),
    ...(toolbox?.image !== undefined && { 'gangway:debug-image': toolbox.image }),
  };
}
