import { readFileSync } from 'node:fs';
import process from 'node:process';
import type { Command } from 'commander';
import type { AwsCall } from '../../client/aws-call.js';
import { AwsClient } from '../../platform/aws/aws-client.js';
import { defaultEndpoint, signingRegion } from '../../platform/aws/configuration/default-endpoint.js';
import type { Credentials } from '../../platform/aws/credentials.js';
import type { Dial } from '../../platform/aws/message-socket.js';
import { Secret } from '../../platform/aws/secret.js';
import { dataDirectory } from './data-directory.js';
import { type LocalEndpoint, readCredentials, readLocalEndpoint, runningEndpoint } from './local-endpoint.js';
import { TARGET_PREFIX } from './target-prefix.js';

export interface ConnectionOptions {
  readonly region?: string;
  readonly profile?: string;
  readonly endpointUrl?: string;
  readonly data?: string;
}

/** One JSON 1.1 operation of a service that {@link TARGET_PREFIX} has. */
export type Call = (
  service: keyof typeof TARGET_PREFIX,
  operation: string,
  input: Readonly<Record<string, unknown>>,
) => ReturnType<AwsCall>;

/** One operation of a service with the query protocol, its `<ActionResult>`; see {@link AwsClient.query}. */
export type Query = (
  service: string,
  version: string,
  action: string,
  parameters: Readonly<Record<string, string>>,
) => ReturnType<AwsClient['query']>;

/** A request of a REST service, answered with whatever status; see {@link AwsClient.rest}. */
export type Rest = AwsClient['rest'];

/** Where requests go, and as whom. */
export interface Connection {
  readonly region: string;
  readonly endpoint: (service: string) => string;
  readonly credentials: () => Promise<Credentials>;
  /** PEM certificates to trust beside the usual ones. */
  readonly ca: string | undefined;
  /** KMS of encrypted sessions where it is not the endpoint's: a URL, or `aws`. */
  readonly kms: string | undefined;
  readonly call: Call;
  readonly query: Query;
  readonly rest: Rest;
  readonly dial: Dial;
}

type Target = Pick<Connection, 'region' | 'endpoint' | 'credentials' | 'ca' | 'kms'>;

/** Any of these says where to go or as whom, and is obeyed before an endpoint that happens to run on this machine. */
const EXPLICIT = [
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_ECS',
  'AWS_ACCESS_KEY_ID',
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
] as const;

/** The options of every command that talks to an endpoint. */
export function addConnectionOptions(command: Command): Command {
  return command
    .option('--region <name>', 'AWS region')
    .option('--profile <name>', 'profile of the AWS configuration files')
    .option('--endpoint-url <url>', 'endpoint for all services')
    .option('--data <dir>', 'use the gangway up that runs on this data directory')
    .addHelpText(
      'after',
      '\nWithout any of these and without AWS settings in the environment, a gangway up that runs on ~/.gangway is used.',
    );
}

/** Whether the user has left open which endpoint to use. */
function leftOpen(options: ConnectionOptions, environment: Readonly<Record<string, string | undefined>>): boolean {
  const named = options.profile ?? options.endpointUrl ?? options.region;
  return named === undefined && EXPLICIT.every((name) => (environment[name] ?? '') === '');
}

function localTarget(directory: string, local: LocalEndpoint): Target {
  const key = readCredentials(directory);
  const credentials = { accessKeyId: key.accessKeyId, secretAccessKey: new Secret(key.secretAccessKey) };
  return {
    region: local.region,
    endpoint: () => local.url,
    credentials: () => Promise.resolve(credentials),
    ca: local.caFile === undefined ? undefined : readFileSync(local.caFile, 'utf8'),
    kms: local.kms,
  };
}

async function configuredTarget(options: ConnectionOptions): Promise<Target> {
  const { AwsConfiguration } = await import('../../platform/aws/aws-configuration.js');
  const { profile, endpointUrl } = options;
  const configuration = await AwsConfiguration.load(process.env, profile === undefined ? {} : { profile });
  const region = options.region ?? configuration.region;
  if (region === undefined) {
    throw new Error(
      "no gangway up runs here and no AWS region is set: start 'gangway up', set AWS_REGION, or use --region",
    );
  }
  // Asked for now, so that what is missing is said before anything else fails.
  const credentials = () => configuration.resolveCredentials({ region });
  await credentials();
  const { caBundle } = configuration;
  return {
    region,
    endpoint: (service) => endpointUrl ?? configuration.endpointUrl(service) ?? defaultEndpoint(service, region),
    credentials,
    ca: caBundle === undefined ? undefined : readFileSync(caBundle, 'utf8'),
    kms: undefined,
  };
}

async function findTarget(options: ConnectionOptions): Promise<Target> {
  const directory = dataDirectory(options.data);
  if (options.data !== undefined) return localTarget(directory, runningEndpoint(directory));
  const local = leftOpen(options, process.env) ? readLocalEndpoint(directory) : undefined;
  return local === undefined ? configuredTarget(options) : localTarget(directory, local);
}

/** Settles where to go, with the precedence of the AWS CLI; sends nothing yet. */
export async function connect(options: ConnectionOptions): Promise<Connection> {
  const target = await findTarget(options);
  const { region, credentials, ca } = target;
  const clients = new Map<string, AwsClient>();
  const client = (service: string): AwsClient => {
    const endpoint = target.endpoint(service);
    const known = clients.get(endpoint);
    if (known !== undefined) return known;
    const own = endpoint === defaultEndpoint(service, region) ? signingRegion(service, region) : region;
    const made = new AwsClient({ endpoint, region: own, credentials, ...(ca !== undefined && { ca }) });
    clients.set(endpoint, made);
    return made;
  };
  return {
    ...target,
    call: (service, operation, input) => client(service).json(service, TARGET_PREFIX[service], operation, input),
    query: (service, version, action, parameters) => client(service).query(service, version, action, parameters),
    rest: (service, request) => client(service).rest(service, request),
    dial: async (url, headers) => {
      // Loaded behind the first request, which goes out without it.
      const { createDial } = await import('../../platform/aws/dial-web-socket.js');
      return createDial(ca === undefined ? {} : { ca })(url, headers);
    },
  };
}
