import { CredentialsError } from './credentials-error.js';
import type { Section, SharedProfiles } from './shared-profiles.js';

/** One role to take, as a profile says it. */
export interface ProfileRole {
  readonly profile: string;
  readonly roleArn: string;
  readonly externalId?: string;
  readonly sessionName?: string;
  readonly durationSeconds?: number;
}

/** Whose credentials take the first role. */
export type RoleSource =
  { readonly kind: 'profile'; readonly profile: string } | { readonly kind: 'Environment' | 'EcsContainer' };

/** Roles in the order in which they are taken, each with the credentials of the one before it. */
export interface RoleChain {
  readonly source: RoleSource;
  readonly roles: readonly ProfileRole[];
}

/** Whether the profile takes a role with other credentials; a web identity takes its role on its own. */
export function takesRole(settings: Section): boolean {
  return settings.has('role_arn') && !settings.has('web_identity_token_file');
}

/**
 * Follows `source_profile` to the credentials it begins with. As in the AWS CLI, a source profile that has keys of its
 * own gives those, whatever role it names beside them. Throws {@link CredentialsError}.
 */
export function roleChain(profiles: SharedProfiles, profile: string): RoleChain {
  const roles: ProfileRole[] = [];
  const visited: string[] = [];
  for (let name = profile; ;) {
    visited.push(name);
    const settings = profiles.settings(name);
    roles.unshift(profileRole(name, settings));
    const source = sourceOf(name, settings);
    if (source.kind !== 'profile') return { source, roles };
    if (!profiles.has(source.profile)) {
      throw new CredentialsError(
        `profile "${name}" has the source_profile "${source.profile}", which is neither in ${profiles.paths.config} ` +
          `nor in ${profiles.paths.credentials}`,
      );
    }
    if (profiles.keys(source.profile) !== undefined || !takesRole(profiles.settings(source.profile))) {
      return { source, roles };
    }
    name = source.profile;
    if (visited.includes(name)) {
      throw new CredentialsError(
        `the source profiles of profile "${profile}" lead in a ring: ${[...visited, name].join(' -> ')}`,
      );
    }
  }
}

function profileRole(profile: string, settings: Section): ProfileRole {
  if (settings.has('mfa_serial')) {
    throw new CredentialsError(
      `profile "${profile}" needs a code of an MFA device (mfa_serial), which is not asked for here. ` +
        `Let the AWS CLI ask for it: eval "$(aws configure export-credentials --profile ${profile} --format env)"`,
    );
  }
  const duration = settings.get('duration_seconds');
  if (duration !== undefined && !/^\d{1,9}$/.test(duration)) {
    throw new CredentialsError(`profile "${profile}" has the duration_seconds "${duration}", which is not a number`);
  }
  const externalId = settings.get('external_id');
  const sessionName = settings.get('role_session_name');
  return {
    profile,
    roleArn: settings.get('role_arn') ?? '',
    ...(externalId !== undefined && { externalId }),
    ...(sessionName !== undefined && { sessionName }),
    ...(duration !== undefined && { durationSeconds: Number(duration) }),
  };
}

function sourceOf(profile: string, settings: Section): RoleSource {
  const source = settings.get('source_profile');
  const kind = settings.get('credential_source');
  if (source !== undefined && kind !== undefined) {
    throw new CredentialsError(
      `profile "${profile}" has both source_profile and credential_source. Only one can be meant.`,
    );
  }
  if (source !== undefined) return { kind: 'profile', profile: source };
  if (kind === undefined) {
    throw new CredentialsError(
      `profile "${profile}" has a role_arn and does not say who takes the role: add source_profile or credential_source`,
    );
  }
  if (kind === 'Environment' || kind === 'EcsContainer') return { kind };
  throw new CredentialsError(
    `profile "${profile}" has the credential_source "${kind}", which is not supported here. ` +
      'Environment and EcsContainer are.',
  );
}
