import { AssumeRoleRequest$, AssumeRoleResponse$ } from '@aws-sdk/client-sts';
import type { AssumeRoleRequest, AssumeRoleResponse } from '@aws-sdk/client-sts';
import { requirePolicy } from '../../core/policy/parse-policy.js';
import { MalformedPolicy } from '../../core/policy/policy-problem.js';
import type { AccessQuestion } from '../../platform/aws/access.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { Operation, RequestContext } from '../../platform/aws/service.js';
import type { Principals } from '../principals.js';
import type { StsSessions } from './sts-sessions.js';

const CHAINED_SECONDS = 3600;
const DEFAULT_SECONDS = 3600;
const MAX_POLICY_LENGTH = 2048;
const nameForm = /^[\w+=,.@-]{2,64}$/;
const externalIdForm = /^[\w+=,.@:/-]{2,1224}$/;
/** Stands for the trust policy of a role that is not there: it names nobody. */
const NOBODY =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:GetFederationToken"}]}';

export interface AssumeRoleParts {
  readonly principals: Principals;
  readonly sessions: StsSessions;
  readonly accountId: string;
  readonly partition: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** The trust policy is asked as the policy on the role; a role that is not there is refused like one that trusts nobody. */
export function assumeRole(parts: AssumeRoleParts): Operation<AssumeRoleRequest, AssumeRoleResponse> {
  const { principals, sessions, accountId, partition, clock } = parts;
  return {
    name: 'AssumeRole',
    input: AssumeRoleRequest$,
    output: AssumeRoleResponse$,

    async access(input, { caller }) {
      checkInput(input);
      const { RoleArn: arn = '', RoleSessionName = '', ExternalId, SourceIdentity, TransitiveTagKeys = [] } = input;
      const document = (await principals.role(arn))?.trustPolicy ?? NOBODY;
      const resources = [{ arn, policy: { name: `trust policy of ${arn}`, document, rule: 'must-allow' as const } }];
      const tags = sessionTags(input, caller.session);
      const source = SourceIdentity ?? caller.session?.sourceIdentity;
      const conditions = {
        'sts:RoleSessionName': RoleSessionName,
        ...(ExternalId !== undefined && { 'sts:ExternalId': ExternalId }),
        ...(source !== undefined && { 'sts:SourceIdentity': source }),
        ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
        ...(Object.keys(tags).length > 0 && { 'aws:TagKeys': Object.keys(tags) }),
        ...(TransitiveTagKeys.length > 0 && { 'sts:TransitiveTagKeys': TransitiveTagKeys }),
      };
      const ask = (action: string): AccessQuestion => ({ action, resources, conditions });
      return [
        ask('sts:AssumeRole'),
        ...(Object.keys(tags).length > 0 ? [ask('sts:TagSession')] : []),
        ...(source !== undefined ? [ask('sts:SetSourceIdentity')] : []),
      ];
    },

    async run(input, { caller }: RequestContext) {
      checkInput(input);
      const { RoleArn: roleArn = '', RoleSessionName = '', DurationSeconds = DEFAULT_SECONDS, Policy } = input;
      const role = await principals.role(roleArn);
      if (role === undefined) {
        const message = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
        throw new AwsError('AccessDenied', message, { status: 403, reason: `there is no role ${roleArn}` });
      }
      if (caller.session !== undefined && DurationSeconds > CHAINED_SECONDS) {
        throw invalid(
          'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
        );
      }
      if (DurationSeconds > role.maxSessionDuration) {
        throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
      }
      const sourceIdentity = input.SourceIdentity ?? caller.session?.sourceIdentity;
      const arn = `arn:${partition}:sts::${accountId}:assumed-role/${role.name}/${RoleSessionName}`;
      const userId = `${role.id}:${RoleSessionName}`;
      const made = await sessions.create(
        {
          accountId,
          arn,
          userId,
          type: 'assumed-role',
          session: {
            roleArn,
            issuedAt: clock(),
            ...(Policy !== undefined && { policies: [{ name: `session policy of ${arn}`, document: Policy }] }),
            tags: sessionTags(input, caller.session),
            transitiveTagKeys: [
              ...new Set([...(caller.session?.transitiveTagKeys ?? []), ...(input.TransitiveTagKeys ?? [])]),
            ],
            ...(sourceIdentity !== undefined && { sourceIdentity }),
          },
        },
        DurationSeconds,
      );
      return {
        Credentials: {
          AccessKeyId: made.accessKeyId,
          SecretAccessKey: made.secretAccessKey.reveal(),
          SessionToken: made.sessionToken.reveal(),
          Expiration: new Date(made.expiration),
        },
        AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
        ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
      };
    },
  };
}

/** Those that are handed on, and the new ones. */
function sessionTags(
  { Tags = [] }: AssumeRoleRequest,
  session: RequestContext['caller']['session'],
): Record<string, string> {
  const handedOn = (session?.transitiveTagKeys ?? []).flatMap((key) => {
    const value = session?.tags[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  const fresh = Tags.map(({ Key = '', Value = '' }) => [Key, Value] as const);
  for (const [key] of fresh) {
    if (handedOn.some(([other]) => other.toLowerCase() === key.toLowerCase())) {
      throw invalid("One of the specified transitive tag keys can't be set because it conflicts with a transitive tag");
    }
  }
  return Object.fromEntries([...handedOn, ...fresh]);
}

function checkInput(input: AssumeRoleRequest): void {
  const { RoleArn = '', RoleSessionName = '', DurationSeconds, Policy, Tags = [], ExternalId, SourceIdentity } = input;
  if (!/^arn:[^:]+:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/.test(RoleArn)) throw invalid(`${RoleArn} is invalid`);
  checkForm('roleSessionName', RoleSessionName, nameForm);
  if (ExternalId !== undefined) checkForm('externalId', ExternalId, externalIdForm);
  if (SourceIdentity !== undefined) checkForm('sourceIdentity', SourceIdentity, nameForm);
  if (DurationSeconds !== undefined && !(DurationSeconds >= 900 && DurationSeconds <= 43_200)) {
    const bound = DurationSeconds < 900 ? 'greater than or equal to 900' : 'less than or equal to 43200';
    throw violated(String(DurationSeconds), 'durationSeconds', `have value ${bound}`);
  }
  if (Tags.length > 50) throw violated(`[${Tags.length} items]`, 'tags', 'have length less than or equal to 50');
  const keys = new Set(Tags.map(({ Key = '' }) => Key.toLowerCase()));
  if (keys.size < Tags.length)
    throw new AwsError(
      'InvalidParameterValue',
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    );
  for (const { Key = '', Value = '' } of Tags) {
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(Key)) throw violated(Key, 'tags.1.member.key', 'be a tag key');
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(Value))
      throw violated(Value, 'tags.1.member.value', 'be a tag value');
  }
  // Left out, they would give more than was asked for.
  if ((input.PolicyArns ?? []).length > 0) throw invalid('PolicyArns are not supported by this endpoint');
  if (Policy !== undefined) checkPolicy(Policy);
}

function checkPolicy(document: string): void {
  if (document.length > MAX_POLICY_LENGTH) {
    throw violated(document.slice(0, 64), 'policy', `have length less than or equal to ${MAX_POLICY_LENGTH}`);
  }
  try {
    requirePolicy(document, 'identity');
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    throw new AwsError('MalformedPolicyDocument', error.message);
  }
}

function checkForm(place: string, value: string, form: RegExp): void {
  if (!form.test(value))
    throw violated(value, place, `satisfy regular expression pattern: ${form.source.slice(1, -1)}`);
}

function violated(value: string, place: string, must: string): AwsError {
  return invalid(
    `1 validation error detected: Value '${value}' at '${place}' failed to satisfy constraint: Member must ${must}`,
  );
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
