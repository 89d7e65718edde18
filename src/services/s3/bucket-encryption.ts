import { childOf, textOf, type XmlElement } from '../../platform/aws/outgoing/xml-element.js';
import { s3Error } from './s3-error.js';
import { childrenOf, onlyChildren, requiredText, type XmlValue } from './s3-xml.js';

/** What objects are encrypted with whose request does not say. */
export interface BucketEncryption {
  readonly algorithm: 'AES256' | 'aws:kms';
  /** As it was given: id, ARN or alias. */
  readonly keyId?: string;
  readonly bucketKey?: boolean;
}

/** Of every bucket since 2023. */
export const DEFAULT_ENCRYPTION: BucketEncryption = Object.freeze({ algorithm: 'AES256' });

export function readEncryption(root: XmlElement): BucketEncryption {
  const [rule, ...more] = childrenOf(root, 'Rule');
  if (rule === undefined || more.length > 0) throw s3Error.malformedXml('not exactly one Rule');
  onlyChildren(rule, ['ApplyServerSideEncryptionByDefault', 'BucketKeyEnabled', 'BlockedEncryptionTypes']);
  const byDefault = childOf(rule, 'ApplyServerSideEncryptionByDefault');
  if (byDefault === undefined) throw s3Error.malformedXml('no ApplyServerSideEncryptionByDefault');
  const algorithm = requiredText(byDefault, 'SSEAlgorithm');
  const keyId = textOf(byDefault, 'KMSMasterKeyID');
  if (algorithm === 'aws:kms:dsse') throw s3Error.notImplemented('SSEAlgorithm');
  if (algorithm !== 'AES256' && algorithm !== 'aws:kms') throw s3Error.malformedXml(`SSEAlgorithm ${algorithm}`);
  if (algorithm === 'AES256' && keyId !== undefined) {
    throw s3Error.invalidArgument(
      'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
      'ApplyServerSideEncryptionByDefault',
      keyId,
    );
  }
  return {
    algorithm,
    ...(keyId !== undefined && keyId !== '' && { keyId }),
    ...(textOf(rule, 'BucketKeyEnabled') === 'true' && { bucketKey: true }),
  };
}

export function encryptionXml({ algorithm, keyId, bucketKey = false }: BucketEncryption): XmlValue {
  return {
    Rule: {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: algorithm, KMSMasterKeyID: keyId },
      BucketKeyEnabled: bucketKey,
    },
  };
}
