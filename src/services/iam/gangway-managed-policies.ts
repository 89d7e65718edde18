import type { AwsManagedPolicy } from './aws-managed-policy.js';

/** Ours, beside those of AWS and in their place: what a container host may do that AWS's hosts never have to. */
export const gangwayPolicies: readonly AwsManagedPolicy[] = Object.freeze([
  {
    name: 'GangwayContainerHost',
    path: '/service-role/',
    version: 'v1',
    versionCreated: '2026-11-25T00:00:00Z',
    document: {
      Version: '2012-10-17',
      Statement: [{ Sid: 'BringRecordsOfSessions', Effect: 'Allow', Action: 'gangway:PutRecording', Resource: '*' }],
    },
  },
]);
