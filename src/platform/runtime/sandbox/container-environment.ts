import type { EnterRequest } from '../runtime.js';

/** Docker's, for containers whose definition has none. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The main process's environment. HOME is added inside, from /etc/passwd. */
export function containerEnvironment(
  environment: Readonly<Record<string, string>>,
  hostname: string,
): Readonly<Record<string, string>> {
  return { PATH: DEFAULT_PATH, HOSTNAME: hostname, ...environment };
}

/**
 * Of a process that enters: the container's, then the request's own. Another user's HOME is added inside. A toolbox
 * has programs where this host has them, and one directory that can be written to.
 */
export function enteredEnvironment(
  container: Readonly<Record<string, string>>,
  { environment, user, toolbox }: Pick<EnterRequest, 'environment' | 'user' | 'toolbox'>,
): Readonly<Record<string, string>> {
  if (toolbox !== undefined) return { ...container, PATH: DEFAULT_PATH, HOME: '/tmp', ...environment };
  return { ...(user === undefined && { HOME: '/root' }), ...container, ...environment };
}
