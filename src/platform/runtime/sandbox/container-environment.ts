/** Docker's, for containers whose definition has none. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The main process's environment. HOME is added inside, from /etc/passwd. */
export function containerEnvironment(
  environment: Readonly<Record<string, string>>,
  hostname: string,
): Readonly<Record<string, string>> {
  return { PATH: DEFAULT_PATH, HOSTNAME: hostname, ...environment };
}

/** Of a process that enters as user 0: the container's, then the request's own. */
export function enteredEnvironment(
  container: Readonly<Record<string, string>>,
  request: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return { HOME: '/root', ...container, ...request };
}
