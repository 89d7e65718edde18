import type { ExecuteCommandRequest, ExecuteCommandResponse } from '@aws-sdk/client-ecs';
import { ExecuteCommandRequest$, ExecuteCommandResponse$ } from '@aws-sdk/client-ecs';
import type { SessionFreedom } from '../../core/protocol/session-document.js';
import { BOOLEAN, structureOf, TEXT, withMember } from '../../platform/aws/model/with-member.js';
import type { LimitName, Limits } from '../limits.js';
import { ecsError } from './ecs-error.js';
import { present } from './present.js';

/**
 * What `gangway exec` asks for beside what AWS has, as member `gangway` of ExecuteCommand. The answer has the same
 * member where it was granted: AWS, which does not know it, passes over it, and is recognised by its silence.
 */
export interface AskedFreedom {
  /** Instead of root. */
  readonly user?: string;
  /** A toolbox: the host's own tools. */
  readonly debug?: boolean;
  /** A toolbox: an image of Docker's. */
  readonly debugImage?: string;
}

export type FreeExecuteCommandRequest = ExecuteCommandRequest & { readonly gangway?: AskedFreedom };
export type FreeExecuteCommandResponse = ExecuteCommandResponse & { readonly gangway?: AskedFreedom };

const members = { user: TEXT, debug: BOOLEAN, debugImage: TEXT };
const Asked = structureOf('ExecuteCommandFreedom', members);
export const FreeExecuteCommandRequest$ = withMember(ExecuteCommandRequest$, 'gangway', Asked);
export const FreeExecuteCommandResponse$ = withMember(ExecuteCommandResponse$, 'gangway', Asked);

/** Names as useradd takes them, and uids without needless zeros, which policies would not recognise; then a group. */
const USER = /^(?:0|[1-9]\d{0,9}|[A-Za-z_][A-Za-z0-9_.-]{0,31})(?::(?:0|[1-9]\d{0,9}|[A-Za-z_][A-Za-z0-9_.-]{0,31}))?$/;

/** Of the highest uid; the next number means `no change` to the kernel. */
const MAX_UID = 2 ** 32 - 2;

/** Domain, path, tag and digest, of printable characters without a blank. */
const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._/:@+-]{0,511}$/;

/** What is granted of it; undefined where nothing was asked for. Refuses by name what a limit forbids. */
export function grantedFreedom(asked: AskedFreedom | undefined, limits: Limits): SessionFreedom | undefined {
  const { user, debug = false, debugImage } = asked ?? {};
  if (user !== undefined) {
    const tooHigh = user.split(':').some((part) => /^\d+$/.test(part) && Number(part) > MAX_UID);
    if (!USER.test(user) || tooHigh)
      throw ecsError.invalidParameter('gangway.user must be a user, a uid, or user:group.');
    requireOpen(limits, 'user', 'Commands run as root: gangway.user');
  }
  if (debugImage !== undefined && !IMAGE.test(debugImage)) {
    throw ecsError.invalidParameter('gangway.debugImage must be the name of an image.');
  }
  const toolbox = debug || debugImage !== undefined;
  if (toolbox) requireOpen(limits, 'debug', 'Commands run with the tools of the container: gangway.debug');
  if (user === undefined && !toolbox) return undefined;
  return present({ user, toolbox: toolbox ? present({ image: debugImage }) : undefined });
}

/** As the answer says it. */
export function freedomAnswer(freedom: SessionFreedom | undefined): AskedFreedom | undefined {
  if (freedom === undefined) return undefined;
  const { user, toolbox } = freedom;
  return present({ user, debug: toolbox && true, debugImage: toolbox?.image });
}

function requireOpen(limits: Limits, name: LimitName, subject: string): void {
  if (limits.isOpen(name)) return;
  throw ecsError.invalidParameter(
    `${subject} is not permitted by the limit '${name}' of this endpoint. To lift it, start it with --limits ${name}.`,
  );
}
