import {
  GetCallerIdentityRequest$,
  GetCallerIdentityResponse$,
  type GetCallerIdentityResponse,
} from '@aws-sdk/client-sts';
import { assumeRole, type AssumeRoleParts } from './assume-role.js';
import { getAccessKeyInfo } from './get-access-key-info.js';
import { getSessionToken } from './get-session-token.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { Operation, RequestContext, Service } from '../../platform/aws/service.js';

/** AWS Security Token Service, as far as ECS Exec needs it. */
export function createStsService(parts?: AssumeRoleParts): Service {
  return {
    name: 'sts',
    protocol: 'query',
    targetPrefix: '',
    version: '2011-06-15',
    xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    operations: [
      getCallerIdentity,
      ...(parts === undefined ? [] : [assumeRole(parts), getSessionToken(parts)]),
      ...(parts?.accessKeys === undefined ? [] : [getAccessKeyInfo(parts.accessKeys)]),
    ],
    missingMember: (path) => new AwsError('MissingParameter', `The request must contain the parameter ${path}.`),
  };
}

/** Needs no permission: whoever can sign may know who they are. */
const getCallerIdentity: Operation<object, GetCallerIdentityResponse> = {
  name: 'GetCallerIdentity',
  input: GetCallerIdentityRequest$,
  output: GetCallerIdentityResponse$,
  access: () => [],
  run(_input, { caller }: RequestContext) {
    return Promise.resolve({ UserId: caller.userId, Account: caller.accountId, Arn: caller.arn });
  },
};
