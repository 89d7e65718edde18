import type { Tag as WireTag } from '@aws-sdk/client-ecs';
import type { AccessQuestion, AccessResource } from '../../../platform/aws/access.js';
import type { Conditions } from './access-parts.js';

/** `aws:RequestTag/k` and `aws:TagKeys`; nothing when the request has no tags. */
export function requestTags(tags: readonly WireTag[] | undefined): Conditions {
  if (tags === undefined || tags.length === 0) return {};
  return {
    ...Object.fromEntries(tags.map(({ key = '', value = '' }) => [`aws:RequestTag/${key}`, value])),
    'aws:TagKeys': tags.map(({ key = '' }) => key),
  };
}

/** Creating something with tags also asks for ecs:TagResource on it; no account is exempt since March 2024. */
export function tagOnCreate(
  tags: readonly WireTag[] | undefined,
  resource: AccessResource,
  createAction: string,
): readonly AccessQuestion[] {
  if (tags === undefined || tags.length === 0) return [];
  const conditions = { ...requestTags(tags), 'ecs:CreateAction': createAction };
  return [{ action: 'ecs:TagResource', resources: [resource], conditions }];
}
