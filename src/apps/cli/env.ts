import process from 'node:process';
import { quoteWord } from '../../client/quote-command.js';
import { dataDirectory } from './data-directory.js';
import { type LocalEndpoint, readCredentials, runningEndpoint } from './local-endpoint.js';
import { newCommand, parseCommand } from './parse-command.js';
import { UsageError } from './usage-error.js';

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
  options: { readonly pluginKms?: boolean } = {},
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
  const caFile = options.pluginKms === true ? endpoint.kmsProxy?.caFile : endpoint.caFile;
  if (caFile === undefined) unset.push('AWS_CA_BUNDLE');
  else exports.push(['AWS_CA_BUNDLE', caFile], ['NODE_EXTRA_CA_CERTS', caFile]);
  const { hostname } = new URL(endpoint.url);
  if (options.pluginKms === true) exports.push(...throughKmsProxy(endpoint, hostname, environment));
  else {
    const exempt = exemptFromProxy([hostname], environment);
    if (exempt !== undefined) exports.push(['NO_PROXY', exempt], ['no_proxy', exempt]);
  }
  return [`unset ${unset.join(' ')}`, ...exports.map(([name, value]) => `export ${name}=${quoteWord(value)}`)];
}

/**
 * The official plugin asks AWS's own name of KMS, whatever the endpoint is. Its SDK (Go, version 1) takes HTTPS_PROXY
 * and AWS_CA_BUNDLE; SSL_CERT_FILE would take away what the system trusts, and is not needed.
 */
function throughKmsProxy(
  { kmsProxy }: LocalEndpoint,
  host: string,
  environment: Readonly<Record<string, string | undefined>>,
): [string, string][] {
  if (kmsProxy === undefined) throw new UsageError('--plugin-kms: this endpoint runs without --kms-proxy');
  const proxied = { ...environment, HTTPS_PROXY: kmsProxy.url };
  const exempt = exemptFromProxy([host, ...LOCAL_HOSTS], proxied) ?? environment['NO_PROXY'] ?? '';
  return [
    ['HTTPS_PROXY', kmsProxy.url],
    ['https_proxy', kmsProxy.url],
    ['NO_PROXY', exempt],
    ['no_proxy', exempt],
  ];
}

/** Never by way of a proxy: this machine, and the addresses at which tasks find credentials and metadata. */
const LOCAL_HOSTS = ['127.0.0.1', 'localhost', '::1', '169.254.170.2', '169.254.169.254'] as const;

/** A proxy cannot reach our loopback; undefined when none is set, or the hosts are exempt already. */
function exemptFromProxy(
  hosts: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const set = (name: string): string => environment[name] || environment[name.toLowerCase()] || '';
  if (['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].every((name) => set(name) === '')) return undefined;
  const listed = set('NO_PROXY')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (listed.includes('*')) return undefined;
  const missing = [...new Set(hosts)].filter((host) => !listed.includes(host));
  return missing.length === 0 ? undefined : [...listed, ...missing].join(',');
}

export function env(argv: readonly string[]): number {
  const command = newCommand('env', 'Prints the exports that make AWS clients in this shell use a running endpoint.')
    .usage('[options]')
    .option('--data <dir>', 'data directory of gangway up (default: ~/.gangway)')
    .option('--plugin-kms', 'send the official plugin to this KMS too: HTTPS goes by way of the proxy of --kms-proxy')
    .addHelpText('after', '\n  eval "$(gangway env)"');
  if (!parseCommand(command, argv)) return 0;
  const { data, pluginKms = false } = command.opts<{ data?: string; pluginKms?: true }>();
  const directory = dataDirectory(data);
  const endpoint = runningEndpoint(directory);
  const lines = environmentLines(endpoint, readCredentials(directory), process.env, { pluginKms });
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
