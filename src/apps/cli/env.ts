import process from 'node:process';
import { quoteWord } from '../../client/quote-command.js';
import { dataDirectory } from './data-directory.js';
import { type LocalEndpoint, readCredentials, runningEndpoint } from './local-endpoint.js';
import { newCommand, parseCommand } from './parse-command.js';

/** Would lead an AWS client elsewhere, or make it sign as somebody else. */
const IN_THE_WAY = [
  'AWS_SESSION_TOKEN',
  'AWS_SECURITY_TOKEN',
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_CREDENTIAL_EXPIRATION',
  'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
  'AWS_USE_FIPS_ENDPOINT',
  'AWS_USE_DUALSTACK_ENDPOINT',
] as const;

/** The lines that make AWS clients of a POSIX shell use the endpoint; `environment` is that shell's. */
export function environmentLines(
  endpoint: LocalEndpoint,
  key: { accessKeyId: string; secretAccessKey: string },
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  const unset = [
    ...IN_THE_WAY,
    ...Object.keys(environment)
      .filter((name) => /^AWS_ENDPOINT_URL_[A-Z0-9_]+$/.test(name))
      .sort(),
  ];
  const exports: [string, string][] = [
    ['AWS_ENDPOINT_URL', endpoint.url],
    ['AWS_REGION', endpoint.region],
    ['AWS_DEFAULT_REGION', endpoint.region],
    ['AWS_ACCESS_KEY_ID', key.accessKeyId],
    ['AWS_SECRET_ACCESS_KEY', key.secretAccessKey],
  ];
  if (endpoint.caFile === undefined) unset.push('AWS_CA_BUNDLE');
  else exports.push(['AWS_CA_BUNDLE', endpoint.caFile], ['NODE_EXTRA_CA_CERTS', endpoint.caFile]);
  const exempt = exemptFromProxy(new URL(endpoint.url).hostname, environment);
  if (exempt !== undefined) exports.push(['NO_PROXY', exempt], ['no_proxy', exempt]);
  return [`unset ${unset.join(' ')}`, ...exports.map(([name, value]) => `export ${name}=${quoteWord(value)}`)];
}

/** A proxy cannot reach our loopback; undefined when none is set, or the host is exempt already. */
function exemptFromProxy(host: string, environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const set = (name: string): string => environment[name] || environment[name.toLowerCase()] || '';
  if (['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].every((name) => set(name) === '')) return undefined;
  const listed = set('NO_PROXY');
  if (listed.split(',').some((entry) => entry.trim() === host || entry.trim() === '*')) return undefined;
  return listed === '' ? host : `${listed},${host}`;
}

export function env(argv: readonly string[]): number {
  const command = newCommand('env', 'Prints the exports that make AWS clients in this shell use a running endpoint.')
    .usage('[options]')
    .option('--data <dir>', 'data directory of gangway up (default: ~/.gangway)')
    .addHelpText('after', '\n  eval "$(gangway env)"');
  if (!parseCommand(command, argv)) return 0;
  const directory = dataDirectory(command.opts<{ data?: string }>().data);
  const lines = environmentLines(runningEndpoint(directory), readCredentials(directory), process.env);
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
