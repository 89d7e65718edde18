import type { AwsManagedPolicy } from './aws-managed-policy.js';

/** Of AWS, as published: for one service each. */
export const servicePolicies: readonly AwsManagedPolicy[] = Object.freeze([
  {
    name: 'AmazonSSMManagedInstanceCore',
    path: '/',
    version: 'v2',
    versionCreated: '2019-05-23T16:54:21Z',
    document: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: [
            'ssm:DescribeAssociation',
            'ssm:GetDeployablePatchSnapshotForInstance',
            'ssm:GetDocument',
            'ssm:DescribeDocument',
            'ssm:GetManifest',
            'ssm:GetParameter',
            'ssm:GetParameters',
            'ssm:ListAssociations',
            'ssm:ListInstanceAssociations',
            'ssm:PutInventory',
            'ssm:PutComplianceItems',
            'ssm:PutConfigurePackageResult',
            'ssm:UpdateAssociationStatus',
            'ssm:UpdateInstanceAssociationStatus',
            'ssm:UpdateInstanceInformation',
          ],
          Resource: '*',
        },
        {
          Effect: 'Allow',
          Action: [
            'ssmmessages:CreateControlChannel',
            'ssmmessages:CreateDataChannel',
            'ssmmessages:OpenControlChannel',
            'ssmmessages:OpenDataChannel',
          ],
          Resource: '*',
        },
        {
          Effect: 'Allow',
          Action: [
            'ec2messages:AcknowledgeMessage',
            'ec2messages:DeleteMessage',
            'ec2messages:FailMessage',
            'ec2messages:GetEndpoint',
            'ec2messages:GetMessages',
            'ec2messages:SendReply',
          ],
          Resource: '*',
        },
      ],
    },
  },
  {
    name: 'AmazonSSMFullAccess',
    path: '/',
    version: 'v4',
    versionCreated: '2019-11-20T20:08:56Z',
    document: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: [
            'cloudwatch:PutMetricData',
            'ds:CreateComputer',
            'ds:DescribeDirectories',
            'ec2:DescribeInstanceStatus',
            'logs:*',
            'ssm:*',
            'ec2messages:*',
          ],
          Resource: '*',
        },
        {
          Effect: 'Allow',
          Action: 'iam:CreateServiceLinkedRole',
          Resource: 'arn:aws:iam::*:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM*',
          Condition: { StringLike: { 'iam:AWSServiceName': 'ssm.amazonaws.com' } },
        },
        {
          Effect: 'Allow',
          Action: ['iam:DeleteServiceLinkedRole', 'iam:GetServiceLinkedRoleDeletionStatus'],
          Resource: 'arn:aws:iam::*:role/aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM*',
        },
        {
          Effect: 'Allow',
          Action: [
            'ssmmessages:CreateControlChannel',
            'ssmmessages:CreateDataChannel',
            'ssmmessages:OpenControlChannel',
            'ssmmessages:OpenDataChannel',
          ],
          Resource: '*',
        },
      ],
    },
  },
  {
    name: 'AmazonSSMReadOnlyAccess',
    path: '/',
    version: 'v1',
    versionCreated: '2015-05-29T17:44:19Z',
    document: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['ssm:Describe*', 'ssm:Get*', 'ssm:List*'], Resource: '*' }],
    },
  },
  {
    name: 'CloudWatchAgentServerPolicy',
    path: '/',
    version: 'v3',
    versionCreated: '2024-02-06T16:37:37Z',
    document: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'CWACloudWatchServerPermissions',
          Effect: 'Allow',
          Action: [
            'cloudwatch:PutMetricData',
            'ec2:DescribeVolumes',
            'ec2:DescribeTags',
            'logs:PutLogEvents',
            'logs:PutRetentionPolicy',
            'logs:DescribeLogStreams',
            'logs:DescribeLogGroups',
            'logs:CreateLogStream',
            'logs:CreateLogGroup',
            'xray:PutTraceSegments',
            'xray:PutTelemetryRecords',
            'xray:GetSamplingRules',
            'xray:GetSamplingTargets',
            'xray:GetSamplingStatisticSummaries',
          ],
          Resource: '*',
        },
        {
          Sid: 'CWASSMServerPermissions',
          Effect: 'Allow',
          Action: ['ssm:GetParameter'],
          Resource: 'arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*',
        },
      ],
    },
  },
  {
    name: 'CloudWatchLogsFullAccess',
    path: '/',
    version: 'v8',
    versionCreated: '2026-02-12T18:00:33Z',
    document: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'CloudWatchLogsFullAccess',
          Effect: 'Allow',
          Action: [
            'logs:*',
            'cloudwatch:GenerateQuery',
            'cloudwatch:GenerateQueryResultsSummary',
            'observabilityadmin:GetS3TableIntegration',
            'observabilityadmin:ListS3TableIntegrations',
            'observabilityadmin:ListTelemetryPipelines',
          ],
          Resource: '*',
        },
      ],
    },
  },
  {
    name: 'CloudWatchLogsReadOnlyAccess',
    path: '/',
    version: 'v12',
    versionCreated: '2026-02-12T17:59:13Z',
    document: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'CloudWatchLogsReadOnlyAccess',
          Effect: 'Allow',
          Action: [
            'logs:Describe*',
            'logs:Get*',
            'logs:List*',
            'logs:StartQuery',
            'logs:StopQuery',
            'logs:TestMetricFilter',
            'logs:FilterLogEvents',
            'logs:StartLiveTail',
            'logs:StopLiveTail',
            'cloudwatch:GenerateQuery',
            'cloudwatch:GenerateQueryResultsSummary',
            'observabilityadmin:ListS3TableIntegrations',
            'observabilityadmin:GetS3TableIntegration',
            'observabilityadmin:ListTelemetryPipelines',
          ],
          Resource: '*',
        },
      ],
    },
  },
  {
    name: 'AmazonS3FullAccess',
    path: '/',
    version: 'v2',
    versionCreated: '2021-09-27T20:16:37Z',
    document: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['s3:*', 's3-object-lambda:*'], Resource: '*' }],
    },
  },
  {
    name: 'AmazonS3ReadOnlyAccess',
    path: '/',
    version: 'v3',
    versionCreated: '2023-08-10T21:31:39Z',
    document: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['s3:Get*', 's3:List*', 's3:Describe*', 's3-object-lambda:Get*', 's3-object-lambda:List*'],
          Resource: '*',
        },
      ],
    },
  },
  {
    name: 'AWSKeyManagementServicePowerUser',
    path: '/',
    version: 'v2',
    versionCreated: '2017-03-07T00:55:11Z',
    document: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: [
            'kms:CreateAlias',
            'kms:CreateKey',
            'kms:DeleteAlias',
            'kms:Describe*',
            'kms:GenerateRandom',
            'kms:Get*',
            'kms:List*',
            'kms:TagResource',
            'kms:UntagResource',
            'iam:ListGroups',
            'iam:ListRoles',
            'iam:ListUsers',
          ],
          Resource: '*',
        },
      ],
    },
  },
  {
    name: 'AWSCloudTrail_ReadOnlyAccess',
    path: '/',
    version: 'v1',
    versionCreated: '2022-06-14T17:19:05Z',
    document: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['cloudtrail:Get*', 'cloudtrail:Describe*', 'cloudtrail:List*', 'cloudtrail:LookupEvents'],
          Resource: '*',
        },
      ],
    },
  },
]);
