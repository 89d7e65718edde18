import { childOf, textOf, type XmlElement } from '../../platform/aws/outgoing/xml-element.js';
import { MAX_SETTING_BYTES } from './bucket-operations.js';
import { bucketStore } from './bucket-store.js';
import { hasAcls } from './object-ownership.js';
import { ownerId } from './owner.js';
import { receiveDocument } from './receive-content.js';
import { type S3Access, writeConditions } from './s3-access.js';
import { s3Error } from './s3-error.js';
import type { S3Definition, S3Head } from './s3-operation.js';
import type { S3Parts } from './s3-parts.js';
import { childrenOf, EMPTY, readXml, xmlDocument } from './s3-xml.js';

/** Those that give nobody but the owner anything. */
const OWNERS_ALONE = ['private', 'bucket-owner-full-control'];

/**
 * The access control list of a bucket: its owner may do everything, and nobody else is on it. A list that says just that
 * is taken where there are lists at all; who else may do what, policies say.
 */
export function bucketAclOperations({ database, accountId }: S3Parts, access: S3Access): readonly S3Definition[] {
  const owner = { ID: ownerId(accountId) };
  const answer = { Owner: owner, AccessControlList: { Grant: { Grantee: owner, Permission: 'FULL_CONTROL' } } };
  const place = { on: 'bucket', marker: 'acl' } as const;
  return [
    {
      name: 'GetBucketAcl',
      method: 'GET',
      ...place,
      access: async ({ bucket }) => [await access.onBucket('s3:GetBucketAcl', bucket)],
      async run({ bucket }) {
        await bucketStore.require(database, bucket);
        // Which kind of grantee it is stands in an attribute, which clients look for.
        const type = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"';
        const body = xmlDocument('AccessControlPolicy', answer).replace('<Grantee>', `<Grantee ${type}>`);
        return { status: 200, headers: { 'content-type': 'application/xml' }, body };
      },
    },
    {
      name: 'PutBucketAcl',
      method: 'PUT',
      ...place,
      access: async ({ bucket, headers }) => [
        await access.onBucket('s3:PutBucketAcl', bucket, writeConditions(headers)),
      ],
      async run({ bucket, headers, body }) {
        const document = await receiveDocument(headers, body, MAX_SETTING_BYTES);
        await bucketStore.require(database, bucket);
        if (!(await hasAcls(database, bucket))) {
          throw s3Error.of('AccessControlListNotSupported', 400, 'The bucket does not allow ACLs');
        }
        checkHeaders(headers, document.length > 0);
        if (document.length > 0) checkList(readXml(document, 'AccessControlPolicy'), owner.ID);
        return EMPTY;
      },
    },
  ];
}

function checkHeaders(headers: S3Head['headers'], hasDocument: boolean): void {
  const grant = [...headers.keys()].find((name) => name.startsWith('x-amz-grant-'));
  const canned = headers.get('x-amz-acl');
  if (grant !== undefined) throw s3Error.notImplemented(grant, 'nobody but the owner can be on a list');
  if (canned !== undefined && hasDocument) {
    throw s3Error.of('UnexpectedContent', 400, 'This request does not support content');
  }
  if (canned === undefined && !hasDocument) {
    throw s3Error.of('MissingSecurityHeader', 400, 'Your request was missing a required header', {
      MissingHeaderName: 'x-amz-acl',
    });
  }
  if (canned !== undefined && !OWNERS_ALONE.includes(canned)) {
    throw s3Error.notImplemented('x-amz-acl', `${canned} gives others something, which policies are for`);
  }
}

function checkList(policy: XmlElement, owner: string): void {
  const named = textOf(childOf(policy, 'Owner'), 'ID');
  if (named !== undefined && named !== owner) {
    throw s3Error.of('AccessDenied', 403, 'Access Denied', {}, 'the list names another owner');
  }
  const grants = childrenOf(childOf(policy, 'AccessControlList'), 'Grant');
  const owners = (grant: XmlElement): boolean =>
    textOf(childOf(grant, 'Grantee'), 'ID') === owner && textOf(grant, 'Permission') === 'FULL_CONTROL';
  if (grants.length === 1 && grants.every(owners)) return;
  throw s3Error.notImplemented('AccessControlList', 'a list that is not just FULL_CONTROL of the owner');
}
