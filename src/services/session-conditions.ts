import type { SessionFreedom } from '../core/protocol/session-document.js';

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

/**
 * One word for root, whichever way and with whichever group it was asked for: a policy that denies `root` means it. That
 * a name of the container's own stands for uid 0 only the container knows: who must not be root is better told who to be.
 */
function userCondition(user = 'root'): string {
  const [name = ''] = user.split(':');
  return name === '0' || name === 'root' ? 'root' : user;
}
