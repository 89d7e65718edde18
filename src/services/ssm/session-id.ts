import type { SessionEnvironment } from './session-environment.js';
import { MAX_SESSION_ID_LENGTH } from './session-limits.js';

/** Prefix of sessions started by ExecuteCommand (wire-protocol 1.2). */
export const ECS_SESSION_PREFIX = 'ecs-execute-command-';

const LOWER_ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyz0123456789';
const HEX = '0123456789abcdef';
const ECS_SUFFIX_LENGTH = 26;
const PLAIN_SUFFIX_LENGTH = 17;

/** `ecs-execute-command-` + 26 of [a-z0-9]; any other prefix + 17 hex digits (ecs-api 2). */
export function newSessionId(prefix: string, environment: Pick<SessionEnvironment, 'randomBytes'>): string {
  if (prefix === ECS_SESSION_PREFIX) return prefix + randomText(LOWER_ALPHANUMERIC, ECS_SUFFIX_LENGTH, environment);
  const room = MAX_SESSION_ID_LENGTH - PLAIN_SUFFIX_LENGTH;
  return prefix.slice(0, room) + randomText(HEX, PLAIN_SUFFIX_LENGTH, environment);
}

/** `<user name>-` or `<role session name>-`, from the ARN of the caller. */
export function plainSessionPrefix(callerArn: string): string {
  const name = callerArn.slice(Math.max(callerArn.lastIndexOf('/'), callerArn.lastIndexOf(':')) + 1);
  return `${name.replace(/[^\w+=,.@-]/g, '')}-`;
}

function randomText(alphabet: string, length: number, environment: Pick<SessionEnvironment, 'randomBytes'>): string {
  // Bytes beyond the largest multiple of the alphabet are thrown away: every character is equally likely.
  const fair = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of environment.randomBytes(length)) {
      if (byte < fair && text.length < length) text += alphabet[byte % alphabet.length] ?? '';
    }
  }
  return text;
}
