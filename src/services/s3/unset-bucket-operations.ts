import { bucketStore } from './bucket-store.js';
import type { S3Access } from './s3-access.js';
import { s3Error } from './s3-error.js';
import type { S3Definition } from './s3-operation.js';
import type { S3Parts } from './s3-parts.js';
import { xmlAnswer, type XmlValue } from './s3-xml.js';

interface Reading {
  readonly name: string;
  readonly marker: string;
  readonly action: string;
  readonly when?: S3Definition['when'];
  /** What a bucket has that was never given one; there are no others. */
  readonly answer:
    { readonly root: string; readonly value: XmlValue } | { readonly code: string; readonly message: string };
}

const none = (code: string, message: string) => ({ code, message });

/** Configurations of which a bucket can have several, each under an id; CloudFormation lists them. */
const noneOfSeveral = (kind: string, marker: string, root: string): Reading[] => [
  {
    name: `GetBucket${kind}Configuration`,
    marker,
    action: `s3:Get${kind}Configuration`,
    when: ({ query }) => query.has('id'),
    answer: none('NoSuchConfiguration', 'The specified configuration does not exist.'),
  },
  {
    name: `ListBucket${kind}Configurations`,
    marker,
    action: `s3:Get${kind}Configuration`,
    answer: { root, value: { IsTruncated: false } },
  },
];

/** What Terraform and CloudFormation read of each bucket (ecs-api 11), and cannot be set here. */
const READINGS: readonly Reading[] = [
  {
    name: 'GetBucketCors',
    marker: 'cors',
    action: 's3:GetBucketCORS',
    answer: none('NoSuchCORSConfiguration', 'The CORS configuration does not exist'),
  },
  {
    name: 'GetBucketWebsite',
    marker: 'website',
    action: 's3:GetBucketWebsite',
    answer: none('NoSuchWebsiteConfiguration', 'The specified bucket does not have a website configuration'),
  },
  {
    name: 'GetBucketReplication',
    marker: 'replication',
    action: 's3:GetReplicationConfiguration',
    answer: none('ReplicationConfigurationNotFoundError', 'The replication configuration was not found'),
  },
  {
    name: 'GetObjectLockConfiguration',
    marker: 'object-lock',
    action: 's3:GetBucketObjectLockConfiguration',
    answer: none('ObjectLockConfigurationNotFoundError', 'Object Lock configuration does not exist for this bucket'),
  },
  ...noneOfSeveral('Analytics', 'analytics', 'ListBucketAnalyticsConfigurationResult'),
  ...noneOfSeveral('IntelligentTiering', 'intelligent-tiering', 'ListBucketIntelligentTieringConfigurationsOutput'),
  ...noneOfSeveral('Inventory', 'inventory', 'ListInventoryConfigurationsResult'),
  ...noneOfSeveral('Metrics', 'metrics', 'ListMetricsConfigurationsResult'),
];

export function unsetBucketOperations({ database }: S3Parts, access: S3Access): readonly S3Definition[] {
  return READINGS.map(({ name, marker, action, answer, when }) => ({
    name,
    marker,
    method: 'GET',
    on: 'bucket',
    ...(when && { when }),
    access: async ({ bucket }) => [await access.onBucket(action, bucket)],
    async run({ bucket }) {
      await bucketStore.require(database, bucket);
      if ('code' in answer) throw s3Error.missing(answer.code, answer.message, bucket);
      return xmlAnswer(answer.root, answer.value);
    },
  }));
}
