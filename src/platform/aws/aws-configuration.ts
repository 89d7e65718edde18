import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { AwsClient } from './aws-client.js';
import { assumeProfileRole } from './configuration/assume-profile-role.js';
import { containerCredentials } from './configuration/container-credentials.js';
import { CredentialsError } from './configuration/credentials-error.js';
import { defaultEndpoint } from './configuration/default-endpoint.js';
import { parseIni } from './configuration/ini-file.js';
import type { IniFile } from './configuration/ini-file.js';
import { renewedCredentials } from './configuration/renewed-credentials.js';
import { roleChain, takesRole } from './configuration/role-profile.js';
import type { RoleSource } from './configuration/role-profile.js';
import { SharedProfiles } from './configuration/shared-profiles.js';
import type { Section, WrittenKeys } from './configuration/shared-profiles.js';
import type { Credentials } from './credentials.js';
import { Secret } from './secret.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where STS is asked when no region is set, as AWS's tools do. */
const FALLBACK_REGION = 'us-east-1';

/** Service ids of endpoint settings where they are not the signing name. */
const serviceIds: Readonly<Record<string, string>> = { logs: 'cloudwatch_logs' };

/** Settings that lead to credentials which are fetched elsewhere, and what they are called. */
const unsupported: readonly (readonly [key: string, name: string])[] = [
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
  readonly #profiles: SharedProfiles;
  readonly #settings: Section;
  #credentials: (() => Promise<Credentials>) | undefined;

  private constructor(environment: Environment, profile: string | undefined, profiles: SharedProfiles) {
    this.profile = profile ?? set(environment['AWS_PROFILE']) ?? set(environment['AWS_DEFAULT_PROFILE']) ?? 'default';
    this.#environment = environment;
    this.#explicitProfile = profile !== undefined;
    this.#profiles = profiles;
    this.#settings = profiles.settings(this.profile);
  }

  /** Files that are not there are empty. `profile` is one the user named on the command line. */
  static async load(environment: Environment, options: { profile?: string } = {}): Promise<AwsConfiguration> {
    const directory = join(set(environment['HOME']) ?? homedir(), '.aws');
    const paths = {
      config: set(environment['AWS_CONFIG_FILE']) ?? join(directory, 'config'),
      credentials: set(environment['AWS_SHARED_CREDENTIALS_FILE']) ?? join(directory, 'credentials'),
    };
    const [config, credentials] = await Promise.all([read(paths.config), read(paths.credentials)]);
    return new AwsConfiguration(environment, options.profile, new SharedProfiles({ config, credentials }, paths));
  }

  get region(): string | undefined {
    const { AWS_REGION, AWS_DEFAULT_REGION } = this.#environment;
    return set(AWS_REGION) ?? set(AWS_DEFAULT_REGION) ?? this.#settings.get('region');
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
    const services = this.#profiles.config.get(`services ${this.#settings.get('services') ?? ''}`);
    return (
      set(environment[`AWS_ENDPOINT_URL_${id.toUpperCase()}`]) ??
      set(environment['AWS_ENDPOINT_URL']) ??
      services?.get(`${id}.endpoint_url`) ??
      this.#settings.get('endpoint_url')
    );
  }

  /**
   * As the AWS CLI looks for them: written in the environment, of a role, written in the files, given by a container.
   * Those that expire are asked for again before they do, so whoever signs asks every time. `region` is one the user
   * named on the command line. Throws {@link CredentialsError}.
   */
  resolveCredentials(options: { region?: string; clock?: () => number } = {}): Promise<Credentials> {
    this.#credentials ??= renewedCredentials(this.#source(options), options.clock);
    return this.#credentials();
  }

  #source(options: { region?: string; clock?: () => number }): () => Promise<Credentials> {
    let role: (() => Promise<Credentials>) | undefined;
    return async () => {
      const own = this.#explicitProfile ? undefined : this.#ofEnvironment();
      if (own !== undefined) return own;
      if (takesRole(this.#settings)) return (role ??= this.#ofRoles(options))();
      const written = this.#profiles.keys(this.profile);
      if (written !== undefined) return complete(written);
      const container =
        this.#explicitProfile || this.#fetchedElsewhere() !== undefined
          ? undefined
          : await containerCredentials(this.#environment);
      if (container === undefined) throw this.#notFound();
      return container;
    };
  }

  /** Each role is taken with the credentials of the one before it, and renewed on its own. */
  #ofRoles(options: { region?: string; clock?: () => number }): () => Promise<Credentials> {
    const { source, roles } = roleChain(this.#profiles, this.profile);
    const { region = this.region ?? FALLBACK_REGION, clock = Date.now } = options;
    const endpoint = this.endpointUrl('sts') ?? defaultEndpoint('sts', region);
    const { caBundle } = this;
    let credentials = renewedCredentials(() => this.#ofRoleSource(source), clock);
    for (const role of roles) {
      const before = credentials;
      const ask = async (): Promise<Credentials> => {
        // What the role is taken with is looked for first: what is wrong with it is no error of STS.
        await before();
        const ca = caBundle === undefined ? {} : { ca: await readFile(caBundle, 'utf8') };
        const sts = new AwsClient({ endpoint, region, credentials: before, clock, ...ca });
        try {
          return await assumeProfileRole(sts, role, { endpoint, clock });
        } finally {
          sts.close();
        }
      };
      credentials = renewedCredentials(ask, clock);
    }
    return credentials;
  }

  async #ofRoleSource(source: RoleSource): Promise<Credentials> {
    const of = `the credential_source ${source.kind} of profile "${this.profile}"`;
    switch (source.kind) {
      case 'profile': {
        const written = this.#profiles.keys(source.profile);
        if (written !== undefined) return complete(written);
        throw this.#notFound(source.profile);
      }
      case 'Environment': {
        const own = this.#ofEnvironment();
        if (own !== undefined) return own;
        throw new CredentialsError(`${of} needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`);
      }
      case 'EcsContainer': {
        const given = await containerCredentials(this.#environment);
        if (given !== undefined) return given;
        throw new CredentialsError(`${of} needs AWS_CONTAINER_CREDENTIALS_FULL_URI`);
      }
    }
  }

  #fetchedElsewhere(settings = this.#settings) {
    return unsupported.find(([key]) => settings.has(key));
  }

  #ofEnvironment(): Credentials | undefined {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_SECURITY_TOKEN } = this.#environment;
    if ((set(AWS_ACCESS_KEY_ID) ?? set(AWS_SECRET_ACCESS_KEY)) === undefined) return undefined;
    return complete({
      place: 'the environment',
      id: AWS_ACCESS_KEY_ID,
      secret: AWS_SECRET_ACCESS_KEY,
      token: AWS_SESSION_TOKEN ?? AWS_SECURITY_TOKEN,
    });
  }

  #notFound(profile = this.profile): CredentialsError {
    const found = this.#fetchedElsewhere(this.#profiles.settings(profile));
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
    const own = profile === this.profile;
    const variable = own ? container.find((name) => set(environment[name]) !== undefined) : undefined;
    if (variable !== undefined) {
      return new CredentialsError(
        `the credentials that ${variable} leads to are not supported here. ` +
          'Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN instead.',
      );
    }
    if (!own) {
      const message = `profile "${this.profile}" takes its role with profile "${profile}", which has no access keys`;
      return new CredentialsError(message);
    }
    return new CredentialsError(
      `no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or add profile "${profile}" to ` +
        this.#profiles.paths.credentials,
    );
  }
}

function complete({ place, id, secret, token }: WrittenKeys): Credentials {
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
