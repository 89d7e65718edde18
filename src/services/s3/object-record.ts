import type { ChecksumAlgorithm, ChecksumType } from './checksums/checksum.js';

/** How an object is encrypted. */
export interface ObjectEncryption {
  readonly algorithm: 'AES256' | 'aws:kms';
  /** ARN; of `aws:kms`. */
  readonly keyArn?: string;
  /** The bucket's ARN, not the object's, is what the key is bound to. */
  readonly bucketKey?: boolean;
}

export interface ObjectChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  /** Base64; of composite ones with `-N`. */
  readonly value: string;
}

/** What an object has beside its content. */
export interface ObjectDetails {
  /** As GetObject gives them back: `content-type`, `cache-control` … */
  readonly headers: Readonly<Record<string, string>>;
  /** Names without `x-amz-meta-`. Values as they stood on the wire. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly encryption: ObjectEncryption;
  readonly storageClass: string;
  readonly checksum?: ObjectChecksum;
  /** Parts it was put together from. */
  readonly parts?: number;
}

export interface ObjectRecord {
  readonly bucket: string;
  readonly key: string;
  /** `null` of what was written where versions were not kept. */
  readonly versionId: string;
  /** Its files are known by it. */
  readonly id: string;
  readonly size: number;
  /** Without quotation marks. */
  readonly etag: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  readonly details: ObjectDetails;
  /** Sealed, or encrypted by KMS. */
  readonly dataKey: Uint8Array;
}

/** A file of an object or of an upload, which it is a part of. */
export interface FileRecord {
  readonly id: string;
  readonly owner: string;
  /** Number of the part; 1 of an object in one piece. */
  readonly position: number;
  readonly size: number;
  /** Hex MD5. */
  readonly etag: string;
  /** Base64, by the algorithm of its owner; null: none was computed. */
  readonly checksum: string | null;
  readonly modifiedAt: number;
}
