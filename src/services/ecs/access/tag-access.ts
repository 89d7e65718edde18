import type { ListTagsForResourceRequest, TagResourceRequest, UntagResourceRequest } from '@aws-sdk/client-ecs';
import type { AccessQuestion } from '../../../platform/aws/access.js';
import { ecsError } from '../ecs-error.js';
import { type AccessParts, type Conditions, tagged } from './access-parts.js';
import { requestTags } from './request-tags.js';

type Questions = Promise<readonly AccessQuestion[]>;

export function tagAccess({ database, arns }: AccessParts) {
  /** Only what has an ARN of this account can be meant; the ARN is taken as it stands, as the operations take it. */
  async function onResource(action: string, arn: string | undefined, conditions?: Conditions): Questions {
    if (arn === undefined || arn === '') throw ecsError.required('resourceArn');
    arns.parse(arn);
    return [{ action, resources: [await tagged(database, arn)], ...(conditions !== undefined && { conditions }) }];
  }

  return {
    TagResource: ({ resourceArn, tags }: TagResourceRequest): Questions =>
      onResource('ecs:TagResource', resourceArn, requestTags(tags)),

    UntagResource: ({ resourceArn, tagKeys = [] }: UntagResourceRequest): Questions =>
      onResource('ecs:UntagResource', resourceArn, tagKeys.length === 0 ? {} : { 'aws:TagKeys': tagKeys }),

    ListTagsForResource: ({ resourceArn }: ListTagsForResourceRequest): Questions =>
      onResource('ecs:ListTagsForResource', resourceArn),
  };
}
