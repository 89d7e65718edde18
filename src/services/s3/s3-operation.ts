import type { AccessQuestion } from '../../platform/aws/access.js';
import type { RequestContext } from '../../platform/aws/service.js';
import type {
  StreamedOperation,
  StreamedRequest,
  StreamedResponse,
  StreamedTarget,
} from '../../platform/aws/streamed-service.js';
import { asS3Error, s3Error } from './s3-error.js';
import { placeOf, type S3Place } from './s3-place.js';

export type S3Head = S3Place & Pick<StreamedTarget, 'query' | 'headers'>;
export type S3Request = S3Head & Pick<StreamedRequest, 'body' | 'context'>;

/** One row of the table: which requests are the operation's, what it asks, what it does. */
export interface S3Definition {
  readonly name: string;
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly on: 'service' | 'bucket' | 'object';
  /** Name in the query that marks it (`?uploads`); without, no request with one of {@link SUB_RESOURCES} is its own. */
  readonly marker?: string;
  /** Further condition; operations that have one come before those without. */
  readonly when?: (head: Pick<S3Head, 'query' | 'headers'>) => boolean;
  /** Reads or writes objects: CloudTrail's data events. */
  readonly dataEvent?: boolean;
  readonly access: (head: S3Head, context: RequestContext) => Promise<readonly AccessQuestion[]>;
  readonly run: (request: S3Request) => Promise<StreamedResponse>;
}

export interface S3Operation extends StreamedOperation {
  readonly definition: S3Definition;
}

export function s3Operation(definition: S3Definition): S3Operation {
  const { name, dataEvent = false, access, run } = definition;
  return {
    name,
    dataEvent,
    definition,
    access: ({ path, query, headers }, context) => access({ ...placeOf({ path, headers }), query, headers }, context),
    async run({ path, query, headers, body, context }) {
      try {
        return await run({ ...placeOf({ path, headers }), query, headers, body, context });
      } catch (error) {
        throw asS3Error(error);
      }
    },
  };
}

/** All of S3's names in a query that make a request one about something else than the bucket or object itself. */
const SUB_RESOURCES = [
  ...[
    'accelerate',
    'acl',
    'analytics',
    'attributes',
    'cors',
    'delete',
    'encryption',
    'intelligent-tiering',
    'inventory',
  ],
  ...['legal-hold', 'lifecycle', 'location', 'logging', 'metadataConfiguration', 'metadataTable', 'metrics'],
  ...[
    'notification',
    'object-lock',
    'ownershipControls',
    'policy',
    'policyStatus',
    'publicAccessBlock',
    'renameObject',
  ],
  ...['replication', 'requestPayment', 'restore', 'retention', 'select', 'session', 'tagging', 'torrent', 'uploads'],
  ...['uploadId', 'versioning', 'versions', 'website'],
];

/** Which of the operations a request is for. Throws NotImplemented and MethodNotAllowed. */
export function findOperation(
  operations: readonly S3Operation[],
  { method, path, query, headers }: StreamedTarget,
): S3Operation {
  const { bucket, key } = placeOf({ path, headers });
  const on = bucket === '' ? 'service' : key === '' ? 'bucket' : 'object';
  const marker = SUB_RESOURCES.find((name) => query.has(name));
  const found = operations.find(
    ({ definition }) =>
      definition.on === on &&
      definition.method === method &&
      definition.marker === marker &&
      definition.when?.({ query, headers }) !== false,
  );
  if (found !== undefined) return found;
  if (marker !== undefined) throw s3Error.notImplemented(marker, `${method} ?${marker} of a ${on} is not there`);
  throw s3Error.of('MethodNotAllowed', 405, 'The specified method is not allowed against this resource.', {
    Method: method,
    ResourceType: on.toUpperCase(),
  });
}
