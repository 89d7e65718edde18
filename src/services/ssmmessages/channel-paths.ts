/** Signing name of all of the gateway's requests. */
export const SIGNING_NAME = 'ssmmessages';
export const CONTROL_CHANNEL_PATH = /^\/v1\/control-channel\/([^/]+)$/;
export const DATA_CHANNEL_PATH = /^\/v1\/data-channel\/([^/]+)$/;

/** The target or session id in a path; empty when there is none. */
export function subjectOf(path: string, form: RegExp): string {
  return form.exec(path)?.[1] ?? '';
}
