import { expect, test } from 'vitest';
import type { Decision } from '../../../core/policy/policy-api.js';
import type { CloudTrailRecord } from '../../../services/cloudtrail/cloudtrail-record.js';
import { explainEvent } from './explain-event.js';

const event: CloudTrailRecord = {
  eventVersion: '1.09',
  userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::1:user/ann', accessKeyId: 'AKIAANN', userName: 'ann' },
  eventTime: '2026-01-02T03:04:05Z',
  eventSource: 'ecs.amazonaws.com',
  eventName: 'StopTask',
  awsRegion: 'us-east-1',
  sourceIPAddress: '127.0.0.1',
  userAgent: 'aws-cli/2',
  requestParameters: { task: '0123' },
  responseElements: null,
  eventID: 'e-1',
  readOnly: false,
  eventType: 'AwsApiCall',
  managementEvent: true,
  recipientAccountId: '1',
  eventCategory: 'Management',
};

const decision: Decision = {
  decision: 'implicitDeny',
  policyType: 'identity',
  reasons: [
    {
      policyType: 'identity',
      policy: 'inline policy dev of user ann',
      statement: 1,
      sid: 'OnlyDev',
      effect: 'Allow',
      line: 7,
      outcome: 'condition',
      conditions: [
        {
          operator: 'StringEquals',
          key: 'ecs:ResourceTag/environment',
          wanted: ['development'],
          actual: ['production'],
          holds: false,
        },
      ],
    },
  ],
  missingContextKeys: [],
};

test('a refusal: who, from where, what, and the statement that came nearest, once', () => {
  const text = explainEvent({
    ...event,
    errorCode: 'AccessDenied',
    errorMessage: 'User: x is not authorized',
    additionalEventData: { reason: 'TOLD TWICE', decisions: [{ action: 'ecs:StopTask', resource: 'arn:t', decision }] },
  });
  expect(text).toContain('StopTask at 2026-01-02T03:04:05Z: AccessDenied\n');
  expect(text).toMatch(/^event {5}e-1$/m);
  expect(text).toMatch(/^who {7}arn:aws:iam::1:user\/ann \(access key AKIAANN\)$/m);
  expect(text).toMatch(/^from {6}127\.0\.0\.1, aws-cli\/2$/m);
  expect(text).toMatch(/^asked {5}ecs\.amazonaws\.com StopTask \{"task":"0123"\}$/m);
  expect(text).toMatch(/^answered {2}User: x is not authorized$/m);
  expect(text).toMatch(/OnlyDev.*line 7/);
  expect(text).toContain("StringEquals ecs:ResourceTag/environment 'development'; the request has 'production'");
  expect(text).not.toContain('TOLD TWICE');
});

test('an error that no policy made keeps the reason that its caller was not told', () => {
  const text = explainEvent({
    ...event,
    errorCode: 'TargetNotConnectedException',
    errorMessage: 'Try again later.',
    additionalEventData: {
      reason: 'no control channel',
      decisions: [{ action: 'ecs:StopTask', resource: 'arn:t', decision: { ...decision, decision: 'allowed' } }],
    },
  });
  expect(text).toMatch(/^reason {4}no control channel$/m);
});

test('a step of a session, and a caller whom nobody knows', () => {
  const text = explainEvent({
    ...event,
    userIdentity: { type: 'Unknown' },
    requestParameters: null,
    serviceEventDetails: { sessionId: 's' },
  });
  expect(text).toContain('not known: the signature was refused');
  expect(text).toMatch(/^details {3}\{"sessionId":"s"\}$/m);
  expect(explainEvent({ ...event, requestParameters: { long: 'x'.repeat(1000) } })).toContain('…');
});
