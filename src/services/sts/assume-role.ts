import { AssumeRoleRequest$, AssumeRoleResponse$ } from '@aws-sdk/client-sts';
import type { AssumeRoleRequest, AssumeRoleResponse } from '@aws-sdk/client-sts';
import type { AccessQuestion } from '../../platform/aws/access.js';
import type { AccessKeys } from '../../platform/aws/access-keys.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { Operation, RequestContext } from '../../platform/aws/service.js';
import type { Principals } from '../principals.js';
import { checkAssumeRole, invalid } from './check-assume-role.js';
import { sessionOutput } from './session-output.js';
import { packedPolicySize, sessionPolicies } from './session-policies.js';
import type { StsSessions } from './sts-sessions.js';

const CHAINED_SECONDS = 3600;
const DEFAULT_SECONDS = 3600;
/** Stands for the trust policy of a role that is not there: it names nobody. */
const NOBODY =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:GetFederationToken"}]}';

export interface AssumeRoleParts {
  readonly principals: Principals;
  readonly sessions: StsSessions;
  /** Whose keys GetAccessKeyInfo knows; without it, it is not offered. */
  readonly accessKeys?: AccessKeys;
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
      checkAssumeRole(input);
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
      checkAssumeRole(input);
      const { RoleArn: roleArn = '', RoleSessionName = '', DurationSeconds = DEFAULT_SECONDS } = input;
      const role = await principals.role(roleArn);
      if (role === undefined) throw refused(caller.arn, 'sts:AssumeRole', roleArn, `there is no role ${roleArn}`);
      const handedOn = caller.session?.sourceIdentity;
      if (handedOn !== undefined && input.SourceIdentity !== undefined && input.SourceIdentity !== handedOn) {
        const reason = `the source identity of the session is ${handedOn} and stays so in a chain of roles`;
        throw refused(caller.arn, 'sts:SetSourceIdentity', roleArn, reason);
      }
      if (caller.session !== undefined && DurationSeconds > CHAINED_SECONDS) {
        throw invalid(
          'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
        );
      }
      if (DurationSeconds > role.maxSessionDuration) {
        throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
      }
      const sourceIdentity = handedOn ?? input.SourceIdentity;
      const arn = `arn:${partition}:sts::${accountId}:assumed-role/${role.name}/${RoleSessionName}`;
      const userId = `${role.id}:${RoleSessionName}`;
      const tags = sessionTags(input, caller.session);
      const policies = await sessionPolicies(principals, input, arn);
      const packed = packedPolicySize(input, tags);
      const made = await sessions.create(
        {
          accountId,
          arn,
          userId,
          type: 'assumed-role',
          session: {
            roleArn,
            issuedAt: clock(),
            ...(policies.length > 0 && { policies }),
            tags,
            transitiveTagKeys: [
              ...new Set([...(caller.session?.transitiveTagKeys ?? []), ...(input.TransitiveTagKeys ?? [])]),
            ],
            ...(sourceIdentity !== undefined && { sourceIdentity }),
          },
        },
        DurationSeconds,
      );
      return {
        Credentials: sessionOutput(made),
        AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
        ...(packed > 0 && { PackedPolicySize: packed }),
        ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
      };
    },
  };
}

function refused(arn: string, action: string, roleArn: string, reason: string): AwsError {
  const message = `User: ${arn} is not authorized to perform: ${action} on resource: ${roleArn}`;
  return new AwsError('AccessDenied', message, { status: 403, reason });
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
