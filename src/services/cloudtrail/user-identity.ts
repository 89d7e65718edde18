import type { Caller, CallerSession } from '../../platform/aws/service.js';
import type { UserIdentity } from './cloudtrail-record.js';

/** CloudTrail's `userIdentity`; of a request whose signature was refused nothing is known. */
export function userIdentity(caller: Caller | undefined): UserIdentity {
  if (caller === undefined || caller.type === 'anonymous') return { type: 'Unknown' };
  const { accountId, arn, userId, accessKeyId, type, temporary } = caller;
  const known = { principalId: userId, arn, accountId, accessKeyId };
  const own = temporary && { sessionContext: { attributes: attributes(temporary.issuedAt) } };
  // CloudTrail has no type for one: what is known of it is said all the same.
  if (type === 'managed-instance') return { type: 'Unknown', principalId: userId, accountId };
  if (type === 'root') return { type: 'Root', ...known, ...own };
  if (type === 'user') return { type: 'IAMUser', ...known, userName: lastPart(arn), ...own };
  return {
    type: 'AssumedRole',
    ...known,
    ...(caller.session && { sessionContext: sessionContext(caller, caller.session) }),
  };
}

/** What `LookupEvents` calls the user name: of a role session the session's. */
export function userNameOf(caller: Caller | undefined): string {
  if (caller === undefined) return '';
  return caller.type === 'root' ? 'root' : lastPart(caller.arn);
}

function sessionContext(
  { accountId, userId }: Caller,
  session: CallerSession,
): NonNullable<UserIdentity['sessionContext']> {
  const [roleId = ''] = userId.split(':');
  return {
    sessionIssuer: {
      type: 'Role',
      principalId: roleId,
      arn: session.roleArn,
      accountId,
      userName: lastPart(session.roleArn),
    },
    attributes: attributes(session.issuedAt),
    ...(session.sourceIdentity !== undefined && { sourceIdentity: session.sourceIdentity }),
  };
}

function attributes(issuedAt: number): NonNullable<UserIdentity['sessionContext']>['attributes'] {
  return { creationDate: wholeSeconds(issuedAt), mfaAuthenticated: 'false' };
}

/** ISO 8601 without fractions, as CloudTrail has its times. */
export function wholeSeconds(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}
