import type { AccessQuestion, AccessResource } from '../../platform/aws/access.js';
import type { Caller, RequestContext } from '../../platform/aws/service.js';

/** The service's own name of `aws:ResourceTag/k`; the others have none. */
const TAG_PREFIXES: Readonly<Record<string, string>> = {
  ecs: 'ecs:resourcetag/',
  iam: 'iam:resourcetag/',
  ssm: 'ssm:resourcetag/',
};

const PRINCIPAL_TYPES: Readonly<Record<Caller['type'], string>> = {
  user: 'User',
  'assumed-role': 'AssumedRole',
  root: 'Account',
  'managed-instance': 'Instance',
  anonymous: 'Anonymous',
};

/** Condition keys, in lower case, of one action on one resource (ecs-api 7.3). `principalTags` are the identity's. */
export function contextValues(
  { action, conditions = {} }: AccessQuestion,
  resource: AccessResource,
  context: RequestContext,
  { principalTags, now }: { readonly principalTags: Readonly<Record<string, string>>; readonly now: number },
): Map<string, readonly string[]> {
  const { caller, region, sourceIp, userAgent, endpointUrl } = context;
  const { session } = caller;
  const values = new Map<string, readonly string[]>();
  const put = (key: string, value: string | readonly string[]): void =>
    void values.set(key.toLowerCase(), typeof value === 'string' ? [value] : value);

  // What an operation says comes first: nothing of it may stand in the place of what is known for certain.
  for (const [key, value] of Object.entries(conditions)) put(key, value);
  put('aws:PrincipalArn', session?.roleArn ?? caller.arn);
  put('aws:PrincipalAccount', caller.accountId);
  put('aws:PrincipalType', PRINCIPAL_TYPES[caller.type]);
  put('aws:userid', caller.userId);
  if (caller.type === 'user') put('aws:username', caller.arn.slice(caller.arn.lastIndexOf('/') + 1));
  // Tags of the session override those of its role.
  for (const tags of [principalTags, session?.tags ?? {}]) {
    for (const [key, value] of Object.entries(tags)) put(`aws:PrincipalTag/${key}`, value);
  }
  if (sourceIp !== '') put('aws:SourceIp', sourceIp);
  put('aws:SecureTransport', String(endpointUrl.startsWith('https:')));
  put('aws:CurrentTime', new Date(now).toISOString());
  put('aws:EpochTime', String(Math.floor(now / 1000)));
  if (userAgent !== '') put('aws:UserAgent', userAgent);
  put('aws:RequestedRegion', region);
  put('aws:ViaAWSService', 'false');
  const issuedAt = session?.issuedAt ?? caller.temporary?.issuedAt;
  if (issuedAt !== undefined) {
    put('aws:TokenIssueTime', new Date(issuedAt).toISOString());
    put('aws:MultiFactorAuthPresent', 'false');
    if (session?.sourceIdentity !== undefined) put('aws:SourceIdentity', session.sourceIdentity);
  }
  const own = TAG_PREFIXES[action.slice(0, action.indexOf(':')).toLowerCase()];
  for (const [key, value] of Object.entries(resource.tags ?? {})) {
    put(`aws:ResourceTag/${key}`, value);
    if (own !== undefined) put(`${own}${key}`, value);
  }
  put('aws:ResourceAccount', resource.arn.split(':')[4] || caller.accountId);
  return values;
}
