import { expect, test } from 'vitest';
import { parseIni } from './ini-file.js';
import { roleChain, takesRole } from './role-profile.js';
import { SharedProfiles } from './shared-profiles.js';

const profiles = new SharedProfiles(
  {
    config: parseIni(`
[default]
role_arn = r-default
source_profile = keys
[profile one]
role_arn = r1
source_profile = keys
external_id = e#1
role_session_name = me
duration_seconds = 900
[profile two]
role_arn = r2
source_profile = one
[profile self]
role_arn = r-self
source_profile = self
[profile both-files]
role_arn = r-config
source_profile = keys
[profile environment]
role_arn = r
credential_source = Environment
[profile over-environment]
role_arn = r2
source_profile = environment
[profile ring-a]
role_arn = a
source_profile = ring-b
[profile ring-b]
role_arn = b
source_profile = ring-a
[profile to-ring]
role_arn = c
source_profile = ring-a
[profile alone]
role_arn = a
source_profile = alone
[profile both]
role_arn = r
source_profile = keys
credential_source = Environment
[profile neither]
role_arn = r
[profile instance]
role_arn = r
credential_source = Ec2InstanceMetadata
[profile mfa]
role_arn = r
source_profile = keys
mfa_serial = arn:aws:iam::1:mfa/ann
[profile over-mfa]
role_arn = r2
source_profile = mfa
[profile lost]
role_arn = r
source_profile = none
[profile long]
role_arn = r
source_profile = keys
duration_seconds = 1h
[profile web]
role_arn = r
web_identity_token_file = /t
`),
    credentials: parseIni(`
[keys]
aws_access_key_id = AKIA1
aws_secret_access_key = s
[self]
aws_access_key_id = AKIA2
aws_secret_access_key = s
[both-files]
role_arn = r-credentials
`),
  },
  { config: '/c', credentials: '/d' },
);

test('the chain begins with keys, and each role follows with its own settings', () => {
  const one = { profile: 'one', roleArn: 'r1', externalId: 'e#1', sessionName: 'me', durationSeconds: 900 };
  const source = { kind: 'profile', profile: 'keys' };
  expect(roleChain(profiles, 'one')).toEqual({ source, roles: [one] });
  expect(roleChain(profiles, 'two')).toEqual({ source, roles: [one, { profile: 'two', roleArn: 'r2' }] });
  expect(roleChain(profiles, 'default').roles).toEqual([{ profile: 'default', roleArn: 'r-default' }]);
  expect(roleChain(profiles, 'both-files').roles).toEqual([{ profile: 'both-files', roleArn: 'r-credentials' }]);
  expect(roleChain(profiles, 'self').source).toEqual({ kind: 'profile', profile: 'self' });
  expect(roleChain(profiles, 'over-environment')).toMatchObject({ source: { kind: 'Environment' }, roles: [{}, {}] });
});

test.each([
  ['ring-a', 'the source profiles of profile "ring-a" lead in a ring: ring-a -> ring-b -> ring-a'],
  ['to-ring', 'lead in a ring: to-ring -> ring-a -> ring-b -> ring-a'],
  ['alone', 'lead in a ring: alone -> alone'],
  ['both', 'profile "both" has both source_profile and credential_source'],
  ['neither', 'add source_profile or credential_source'],
  ['instance', 'credential_source "Ec2InstanceMetadata", which is not supported here'],
  ['mfa', 'needs a code of an MFA device (mfa_serial)'],
  ['over-mfa', '--profile mfa'],
  ['lost', 'has the source_profile "none", which is neither in /c nor in /d'],
  ['long', 'the duration_seconds "1h", which is not a number'],
])('%s is refused', (profile, message) => {
  expect(() => roleChain(profiles, profile)).toThrow(message);
});

test('a web identity takes no role with other credentials', () => {
  expect(['one', 'web', 'keys', 'nowhere'].map((name) => takesRole(profiles.settings(name)))).toEqual([
    ...[true, false, false, false],
  ]);
});
