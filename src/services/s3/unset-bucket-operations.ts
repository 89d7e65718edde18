import { bucketStore } from './bucket-store.js';
import { ownerId } from './owner.js';
import type { S3Access } from './s3-access.js';
import { s3Error } from './s3-error.js';
import type { S3Definition } from './s3-operation.js';
import type { S3Parts } from './s3-parts.js';
import { xmlDocument, type XmlValue } from './s3-xml.js';

interface Reading {
  readonly name: string;
  readonly marker: string;
  readonly action: string;
  readonly root: string;
  /** What a bucket has that was never given one; there are no others. */
  readonly answer: XmlValue | { readonly code: string; readonly message: string };
}

const none = (code: string, message: string) => ({ code, message });

/** What Terraform reads of each bucket (ecs-api 11), and cannot be set here. */
const READINGS: readonly Reading[] = [
  {
    name: 'GetBucketVersioning',
    marker: 'versioning',
    action: 's3:GetBucketVersioning',
    root: 'VersioningConfiguration',
    answer: '',
  },
  {
    name: 'GetBucketLogging',
    marker: 'logging',
    action: 's3:GetBucketLogging',
    root: 'BucketLoggingStatus',
    answer: '',
  },
  {
    name: 'GetBucketAccelerateConfiguration',
    marker: 'accelerate',
    action: 's3:GetAccelerateConfiguration',
    root: 'AccelerateConfiguration',
    answer: '',
  },
  {
    name: 'GetBucketRequestPayment',
    marker: 'requestPayment',
    action: 's3:GetBucketRequestPayment',
    root: 'RequestPaymentConfiguration',
    answer: { Payer: 'BucketOwner' },
  },
  {
    name: 'GetBucketNotificationConfiguration',
    marker: 'notification',
    action: 's3:GetBucketNotification',
    root: 'NotificationConfiguration',
    answer: '',
  },
  {
    name: 'GetBucketCors',
    marker: 'cors',
    action: 's3:GetBucketCORS',
    root: '',
    answer: none('NoSuchCORSConfiguration', 'The CORS configuration does not exist'),
  },
  {
    name: 'GetBucketWebsite',
    marker: 'website',
    action: 's3:GetBucketWebsite',
    root: '',
    answer: none('NoSuchWebsiteConfiguration', 'The specified bucket does not have a website configuration'),
  },
  {
    name: 'GetBucketReplication',
    marker: 'replication',
    action: 's3:GetReplicationConfiguration',
    root: '',
    answer: none('ReplicationConfigurationNotFoundError', 'The replication configuration was not found'),
  },
  {
    name: 'GetObjectLockConfiguration',
    marker: 'object-lock',
    action: 's3:GetBucketObjectLockConfiguration',
    root: '',
    answer: none('ObjectLockConfigurationNotFoundError', 'Object Lock configuration does not exist for this bucket'),
  },
];

export function unsetBucketOperations({ database, accountId }: S3Parts, access: S3Access): readonly S3Definition[] {
  const owner = { ID: ownerId(accountId) };
  const acl: Reading = {
    name: 'GetBucketAcl',
    marker: 'acl',
    action: 's3:GetBucketAcl',
    root: 'AccessControlPolicy',
    answer: { Owner: owner, AccessControlList: { Grant: { Grantee: owner, Permission: 'FULL_CONTROL' } } },
  };
  return [...READINGS, acl].map(({ name, marker, action, root, answer }) => ({
    name,
    marker,
    method: 'GET',
    on: 'bucket',
    access: async ({ bucket }) => [await access.onBucket(action, bucket)],
    async run({ bucket }) {
      await bucketStore.require(database, bucket);
      if (isNone(answer)) throw s3Error.missing(answer.code, answer.message, bucket);
      // Which kind of grantee it is stands in an attribute, which clients look for.
      const type = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"';
      const body = xmlDocument(root, answer).replace('<Grantee>', `<Grantee ${type}>`);
      return { status: 200, headers: { 'content-type': 'application/xml' }, body };
    },
  }));
}

function isNone(answer: Reading['answer']): answer is { readonly code: string; readonly message: string } {
  return typeof answer === 'object' && 'code' in answer && 'message' in answer;
}
