import {
  GetAccessKeyInfoRequest$,
  GetAccessKeyInfoResponse$,
  type GetAccessKeyInfoRequest,
  type GetAccessKeyInfoResponse,
} from '@aws-sdk/client-sts';
import type { AccessKeys } from '../../platform/aws/access-keys.js';
import type { Operation } from '../../platform/aws/service.js';
import { invalid, violated } from './check-assume-role.js';

/** Whose account a key is of. Only keys that are known and active here have one: their ids do not contain it. */
export function getAccessKeyInfo(accessKeys: AccessKeys): Operation<GetAccessKeyInfoRequest, GetAccessKeyInfoResponse> {
  return {
    name: 'GetAccessKeyInfo',
    input: GetAccessKeyInfoRequest$,
    output: GetAccessKeyInfoResponse$,
    access: () => [{ action: 'sts:GetAccessKeyInfo', resources: [{ arn: '*' }] }],

    async run({ AccessKeyId = '' }) {
      if (!/^\w{16,128}$/.test(AccessKeyId)) {
        throw violated(AccessKeyId.slice(0, 128), 'accessKeyId', 'satisfy regular expression pattern: [\\w]*');
      }
      const key = await accessKeys.find(AccessKeyId);
      if (key === undefined) throw invalid('The access key ID is not valid.');
      return { Account: key.caller.accountId };
    },
  };
}
