import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Credentials } from './credentials.js';
import { Secret } from './secret.js';
import { containerCredentials } from './configuration/container-credentials.js';
import { CredentialsError } from './configuration/credentials-error.js';
import { parseIni } from './configuration/ini-file.js';
import type { IniFile } from './configuration/ini-file.js';

type Environment = Readonly<Record<string, string | undefined>>;
type Section = ReadonlyMap<string, string>;

/** Service ids of endpoint settings where they are not the signing name. */
const serviceIds: Readonly<Record<string, string>> = { logs: 'cloudwatch_logs' };

/** Settings that lead to credentials which are fetched elsewhere, and what they are called. */
const unsupported: readonly (readonly [key: string, name: string])[] = [
  ['role_arn', 'an assumed role'],
  ['sso_session', 'IAM Identity Center (SSO)'],
  ['sso_start_url', 'IAM Identity Center (SSO)'],
  ['credential_process', 'a credential process'],
  ['web_identity_token_file', 'a web identity token'],
  ['login_session', 'a console login'],
];

/** What AWS's environment variables and shared files say, with the precedence of the AWS CLI. */
export class AwsConfiguration {
  readonly profile: string;
  readonly #environment: Environment;
  readonly #explicitProfile: boolean;
  readonly #config: IniFile;
  readonly #settings: Section;
  readonly #shared: Section;
  readonly #paths: { readonly config: string; readonly credentials: string };

  private constructor(
    environment: Environment,
    profile: string | undefined,
    files: { config: IniFile; credentials: IniFile },
    paths: { config: string; credentials: string },
  ) {
    this.profile = profile ?? set(environment['AWS_PROFILE']) ?? set(environment['AWS_DEFAULT_PROFILE']) ?? 'default';
    this.#environment = environment;
    this.#explicitProfile = profile !== undefined;
    this.#config = files.config;
    const empty: Section = new Map();
    const named = files.config.get(`profile ${this.profile}`);
    this.#settings = named ?? (this.profile === 'default' ? files.config.get('default') : undefined) ?? empty;
    this.#shared = files.credentials.get(this.profile) ?? empty;
    this.#paths = paths;
  }

  /** Files that are not there are empty. `profile` is one the user named on the command line. */
  static async load(environment: Environment, options: { profile?: string } = {}): Promise<AwsConfiguration> {
    const directory = join(set(environment['HOME']) ?? homedir(), '.aws');
    const paths = {
      config: set(environment['AWS_CONFIG_FILE']) ?? join(directory, 'config'),
      credentials: set(environment['AWS_SHARED_CREDENTIALS_FILE']) ?? join(directory, 'credentials'),
    };
    const [config, credentials] = await Promise.all([read(paths.config), read(paths.credentials)]);
    return new AwsConfiguration(environment, options.profile, { config, credentials }, paths);
  }

  get region(): string | undefined {
    const { AWS_REGION, AWS_DEFAULT_REGION } = this.#environment;
    return set(AWS_REGION) ?? set(AWS_DEFAULT_REGION) ?? this.#settings.get('region') ?? this.#shared.get('region');
  }

  /** Path of a PEM file. */
  get caBundle(): string | undefined {
    return set(this.#environment['AWS_CA_BUNDLE']) ?? this.#settings.get('ca_bundle');
  }

  /** For a signing name such as `ecs`: the service's own setting before the general one, environment before files. */
  endpointUrl(service: string): string | undefined {
    const environment = this.#environment;
    const ignored =
      environment['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] ?? this.#settings.get('ignore_configured_endpoint_urls');
    if (ignored?.toLowerCase() === 'true') return undefined;
    const id = serviceIds[service] ?? service;
    const services = this.#config.get(`services ${this.#settings.get('services') ?? ''}`);
    return (
      set(environment[`AWS_ENDPOINT_URL_${id.toUpperCase()}`]) ??
      set(environment['AWS_ENDPOINT_URL']) ??
      services?.get(`${id}.endpoint_url`) ??
      this.#settings.get('endpoint_url')
    );
  }

  /** Also those that a container gives, which come last. Throws {@link CredentialsError}. */
  async resolveCredentials(): Promise<Credentials> {
    const container = async () =>
      this.#explicitProfile || this.#fetchedElsewhere() !== undefined
        ? undefined
        : await containerCredentials(this.#environment);
    return this.#written() ?? (await container()) ?? this.credentials();
  }

  /** Those that are written down. Throws {@link CredentialsError}. */
  credentials(): Credentials {
    const found = this.#written();
    if (found === undefined) throw this.#notFound();
    return found;
  }

  #fetchedElsewhere() {
    return unsupported.find(([key]) => this.#settings.has(key) || this.#shared.has(key));
  }

  #written(): Credentials | undefined {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_SECURITY_TOKEN } = this.#environment;
    if (!this.#explicitProfile && (set(AWS_ACCESS_KEY_ID) ?? set(AWS_SECRET_ACCESS_KEY)) !== undefined) {
      return complete('the environment', {
        id: AWS_ACCESS_KEY_ID,
        secret: AWS_SECRET_ACCESS_KEY,
        token: AWS_SESSION_TOKEN ?? AWS_SECURITY_TOKEN,
      });
    }
    for (const [path, section] of [
      [this.#paths.credentials, this.#shared],
      [this.#paths.config, this.#settings],
    ] as const) {
      const [id, secret, token] = ['aws_access_key_id', 'aws_secret_access_key', 'aws_session_token'].map((key) =>
        section.get(key),
      );
      if ((id ?? secret) === undefined) continue;
      return complete(`profile "${this.profile}" of ${path}`, { id, secret, token });
    }
    return undefined;
  }

  #notFound(): CredentialsError {
    const { profile } = this;
    const found = this.#fetchedElsewhere();
    const environment = this.#environment;
    if (found !== undefined) {
      return new CredentialsError(
        `profile "${profile}" gets its credentials from ${found[1]} (${found[0]}), which is not supported here. ` +
          `Let the AWS CLI fetch them: eval "$(aws configure export-credentials --profile ${profile} --format env)"`,
      );
    }
    const container = [
      'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
      'AWS_CONTAINER_CREDENTIALS_FULL_URI',
      'AWS_WEB_IDENTITY_TOKEN_FILE',
    ];
    const variable = container.find((name) => set(environment[name]) !== undefined);
    if (variable !== undefined) {
      return new CredentialsError(
        `the credentials that ${variable} leads to are not supported here. ` +
          'Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN instead.',
      );
    }
    return new CredentialsError(
      `no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or add profile "${profile}" to ` +
        this.#paths.credentials,
    );
  }
}

function complete(
  place: string,
  { id, secret, token }: Record<'id' | 'secret' | 'token', string | undefined>,
): Credentials {
  if (!id || !secret) {
    throw new CredentialsError(`${place} has only one of access key id and secret access key. Both are needed.`);
  }
  return {
    accessKeyId: id,
    secretAccessKey: new Secret(secret),
    ...(token && { sessionToken: new Secret(token) }),
  };
}

/** AWS treats a variable that is empty as not set. */
function set(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

async function read(path: string): Promise<IniFile> {
  try {
    return parseIni(await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw new CredentialsError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
