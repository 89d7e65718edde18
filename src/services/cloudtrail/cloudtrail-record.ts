import type { Decision } from '../../core/policy/policy-api.js';

/** Version of CloudTrail's record format that is written. */
export const EVENT_VERSION = '1.09';

/** Who: CloudTrail's `userIdentity` element. */
export interface UserIdentity {
  readonly type: 'IAMUser' | 'AssumedRole' | 'Root' | 'Unknown';
  readonly principalId?: string;
  readonly arn?: string;
  readonly accountId?: string;
  readonly accessKeyId?: string;
  readonly userName?: string;
  readonly sessionContext?: {
    /** The role; temporary credentials that users have of themselves have none. */
    readonly sessionIssuer?: {
      readonly type: 'Role';
      readonly principalId: string;
      readonly arn: string;
      readonly accountId: string;
      readonly userName: string;
    };
    readonly attributes: { readonly creationDate: string; readonly mfaAuthenticated: 'false' };
    readonly sourceIdentity?: string;
  };
}

export interface EventResource {
  readonly accountId?: string;
  /** For example `AWS::ECS::Task`. */
  readonly type: string;
  readonly ARN: string;
}

/** What a policy was asked, and why it answered as it did. */
export interface RecordedDecision {
  readonly action: string;
  readonly resource: string;
  readonly decision: Decision;
}

/** One event in CloudTrail's record format; `additionalEventData` holds what only Gangway tells. */
export interface CloudTrailRecord {
  readonly eventVersion: typeof EVENT_VERSION;
  readonly userIdentity: UserIdentity;
  /** ISO 8601, whole seconds. */
  readonly eventTime: string;
  /** For example `ecs.amazonaws.com`. */
  readonly eventSource: string;
  readonly eventName: string;
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly requestParameters: unknown;
  readonly responseElements: unknown;
  readonly additionalEventData?: {
    /** What the caller was not told. */
    readonly reason?: string;
    readonly decisions?: readonly RecordedDecision[];
  };
  readonly requestID?: string;
  readonly eventID: string;
  readonly readOnly: boolean;
  readonly resources?: readonly EventResource[];
  readonly eventType: 'AwsApiCall' | 'AwsServiceEvent';
  readonly managementEvent: true;
  readonly recipientAccountId: string;
  readonly serviceEventDetails?: unknown;
  readonly eventCategory: 'Management';
}
