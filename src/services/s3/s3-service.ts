import { join } from 'node:path';
import type { Authorization } from '../../platform/aws/access.js';
import type { StreamedService } from '../../platform/aws/streamed-service.js';
import type { Sealer } from '../../platform/crypto/sealer.js';
import type { Database } from '../../platform/store/database.js';
import type { DataKeys } from '../data-key-ports.js';
import type { Clock, Log, RandomBytes, Timers } from '../ecs/ports.js';
import { bucketAclOperations } from './bucket-acl.js';
import { bucketOperations } from './bucket-operations.js';
import { bucketSettingOperations } from './bucket-setting-operations.js';
import { deleteObjects } from './delete-objects.js';
import { Lifecycle } from './lifecycle.js';
import { listOperations } from './list-objects.js';
import { listUploads } from './list-uploads.js';
import { multipartOperations } from './multipart-operations.js';
import { Objects } from './objects.js';
import { fileStore } from './object-store.js';
import { objectTaggingOperations } from './object-tagging-operations.js';
import { readOperations } from './read-operations.js';
import { S3Access } from './s3-access.js';
import { findOperation, s3Operation } from './s3-operation.js';
import type { S3Parts } from './s3-parts.js';
import { placeOf } from './s3-place.js';
import { ObjectFiles } from './storage/object-files.js';
import { unsetBucketOperations } from './unset-bucket-operations.js';
import { Uploads } from './uploads.js';
import { writeOperations } from './write-operations.js';

export { s3Migrations } from './s3-migrations.js';

export interface S3ServiceOptions {
  /** Where the contents of objects are kept; made when it is not there. */
  readonly directory: string;
  /** With {@link s3Migrations} applied. */
  readonly database: Database;
  /** Of the keys of objects that no KMS key is named for. */
  readonly sealer: Sealer;
  readonly dataKeys: DataKeys;
  /** Absent: whoever can sign may do everything. */
  readonly authorization?: Authorization;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomBytes;
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  readonly log: Log;
}

export interface S3Service {
  readonly streamed: StreamedService;
  /** Removes what a crash left behind; before the endpoint listens. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Amazon S3: general purpose buckets, every object encrypted. */
export function createS3Service(options: S3ServiceOptions): S3Service {
  const { directory, random, database, log, authorization } = options;
  const parts: S3Parts = { ...options, authorization, files: new ObjectFiles(join(directory), random) };
  const access = new S3Access(parts);
  const objects = new Objects(parts);
  const uploads = new Uploads(parts, objects);
  const lifecycle = new Lifecycle(parts, objects, uploads, options.timers);
  const operations = [
    ...bucketOperations(parts, objects, access),
    ...bucketSettingOperations(parts, access),
    ...bucketAclOperations(parts, access),
    ...unsetBucketOperations(parts, access),
    ...listOperations(parts, access),
    listUploads(parts, access),
    deleteObjects(parts, objects, access),
    ...readOperations(parts, objects, access),
    ...writeOperations(parts, objects, access),
    ...objectTaggingOperations(parts, objects, access),
    ...multipartOperations(parts, objects, uploads, access),
  ].map(s3Operation);
  return {
    streamed: {
      name: 's3',
      operations,
      find: (target) => findOperation(operations, target),
      describe(target) {
        const { bucket, key } = placeOf(target);
        const Host = target.headers.get('host') ?? '';
        return { ...(bucket !== '' && { bucketName: bucket }), ...(key !== '' && { key }), Host };
      },
    },
    async start() {
      const removed = await parts.files.start((id) => fileStore.isKnown(database, id));
      if (removed > 0) log.info({ removed }, 'files of incomplete writes were removed');
      lifecycle.start();
    },
    stop: () => lifecycle.stop(),
  };
}
