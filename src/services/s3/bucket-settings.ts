import { childOf, textOf, type XmlElement } from '../../platform/aws/outgoing/xml-element.js';
import { DEFAULT_ENCRYPTION, encryptionXml, readEncryption } from './bucket-encryption.js';
import { type AccessLogging, loggingXml, readLogging } from './bucket-logging.js';
import type { BucketSetting } from './bucket-store.js';
import { TRANSITION_SIZE, transitionSizeOf } from './lifecycle-rules.js';
import { lifecycleXml, readLifecycle } from './lifecycle-rules.js';
import { checkedTags } from './object-headers.js';
import { OWNER_ENFORCED, readOwnership } from './object-ownership.js';
import { s3Error } from './s3-error.js';
import { childrenOf, onlyChildren, requiredText, type XmlValue } from './s3-xml.js';

const MAX_BUCKET_TAGS = 50;
const BLOCKS = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'];

/** A setting that is a document of XML, in and out. */
export interface XmlSetting {
  readonly setting: BucketSetting;
  /** As operations are named after it: `GetBucketEncryption`. */
  readonly name: string;
  readonly marker: string;
  readonly root: string;
  readonly actions: { readonly get: string; readonly put: string };
  /** What is kept of a document, as JSON. */
  readonly read: (root: XmlElement) => unknown;
  readonly write: (kept: never) => XmlValue;
  /** What a bucket has that was given none, or the error that says so. */
  readonly unset: (bucket: string) => XmlValue;
  /** Absent: what was put can only be put again. */
  readonly delete?: {
    readonly name: string;
    /** Where it is another thing to have taken it away than never to have given it: the error that says so. */
    readonly removed?: (bucket: string) => never;
  };
  /** A header of Put that is part of the setting and comes back with Get. */
  readonly header?: {
    readonly name: string;
    readonly setting: BucketSetting;
    readonly read: (value: string | undefined) => string;
  };
  /** Status of Put. */
  readonly putStatus?: 204;
}

const missing =
  (code: string, message: string) =>
  (bucket: string): never => {
    throw s3Error.missing(code, message, bucket);
  };

export const BUCKET_SETTINGS: readonly XmlSetting[] = [
  {
    setting: 'encryption',
    name: 'BucketEncryption',
    marker: 'encryption',
    root: 'ServerSideEncryptionConfiguration',
    actions: { get: 's3:GetEncryptionConfiguration', put: 's3:PutEncryptionConfiguration' },
    read: readEncryption,
    write: encryptionXml,
    unset: () => encryptionXml(DEFAULT_ENCRYPTION),
    delete: { name: 'DeleteBucketEncryption' },
  },
  {
    setting: 'tagging',
    name: 'BucketTagging',
    marker: 'tagging',
    root: 'Tagging',
    actions: { get: 's3:GetBucketTagging', put: 's3:PutBucketTagging' },
    read: (root) => readTags(root, MAX_BUCKET_TAGS),
    write: tagsXml,
    unset: missing('NoSuchTagSet', 'The TagSet does not exist'),
    delete: { name: 'DeleteBucketTagging' },
    putStatus: 204,
  },
  {
    setting: 'publicAccessBlock',
    name: 'PublicAccessBlock',
    marker: 'publicAccessBlock',
    root: 'PublicAccessBlockConfiguration',
    actions: { get: 's3:GetBucketPublicAccessBlock', put: 's3:PutBucketPublicAccessBlock' },
    read: (root) =>
      Object.fromEntries(
        BLOCKS.map((name) => [name, root.children.some((one) => one.name === name && one.text === 'true')]),
      ),
    write: (kept: XmlValue) => kept,
    // Of every bucket since 2023.
    unset: () => Object.fromEntries(BLOCKS.map((name) => [name, true])),
    delete: {
      name: 'DeletePublicAccessBlock',
      removed: missing('NoSuchPublicAccessBlockConfiguration', 'The public access block configuration was not found'),
    },
  },
  {
    setting: 'ownershipControls',
    name: 'BucketOwnershipControls',
    marker: 'ownershipControls',
    root: 'OwnershipControls',
    actions: { get: 's3:GetBucketOwnershipControls', put: 's3:PutBucketOwnershipControls' },
    read: readOwnership,
    write: (kept: string) => ({ Rule: { ObjectOwnership: kept } }),
    unset: () => ({ Rule: { ObjectOwnership: OWNER_ENFORCED } }),
    delete: {
      name: 'DeleteBucketOwnershipControls',
      removed: missing('OwnershipControlsNotFoundError', 'The bucket ownership controls were not found'),
    },
  },
  {
    setting: 'lifecycle',
    name: 'BucketLifecycleConfiguration',
    marker: 'lifecycle',
    root: 'LifecycleConfiguration',
    actions: { get: 's3:GetLifecycleConfiguration', put: 's3:PutLifecycleConfiguration' },
    read: readLifecycle,
    write: lifecycleXml,
    unset: missing('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist'),
    delete: { name: 'DeleteBucketLifecycle' },
    header: { name: TRANSITION_SIZE, setting: 'transitionSize', read: transitionSizeOf },
  },
  {
    setting: 'versioning',
    name: 'BucketVersioning',
    marker: 'versioning',
    root: 'VersioningConfiguration',
    actions: { get: 's3:GetBucketVersioning', put: 's3:PutBucketVersioning' },
    read: readVersioning,
    write: (Status: string) => ({ Status }),
    unset: () => '',
  },
  {
    setting: 'logging',
    name: 'BucketLogging',
    marker: 'logging',
    root: 'BucketLoggingStatus',
    actions: { get: 's3:GetBucketLogging', put: 's3:PutBucketLogging' },
    read: readLogging,
    write: (kept: AccessLogging | null) => loggingXml(kept),
    unset: () => '',
  },
  {
    setting: 'accelerate',
    name: 'BucketAccelerateConfiguration',
    marker: 'accelerate',
    root: 'AccelerateConfiguration',
    actions: { get: 's3:GetAccelerateConfiguration', put: 's3:PutAccelerateConfiguration' },
    read: (root) => onlyValue(root, 'Status', 'Suspended', ['Enabled']),
    write: (Status: string) => ({ Status }),
    unset: () => '',
  },
  {
    setting: 'requestPayment',
    name: 'BucketRequestPayment',
    marker: 'requestPayment',
    root: 'RequestPaymentConfiguration',
    actions: { get: 's3:GetBucketRequestPayment', put: 's3:PutBucketRequestPayment' },
    read: (root) => onlyValue(root, 'Payer', 'BucketOwner', ['Requester']),
    write: (Payer: string) => ({ Payer }),
    unset: () => ({ Payer: 'BucketOwner' }),
  },
  {
    setting: 'notification',
    name: 'BucketNotificationConfiguration',
    marker: 'notification',
    root: 'NotificationConfiguration',
    actions: { get: 's3:GetBucketNotification', put: 's3:PutBucketNotification' },
    // Nobody would be notified.
    read: (root) => {
      onlyChildren(root, []);
      return null;
    },
    write: () => '',
    unset: () => '',
  },
];

/** Of a bucket or an object. */
export function readTags(root: XmlElement, most: number): Record<string, string> {
  const [set] = childrenOf(root, 'TagSet');
  if (set === undefined) throw s3Error.malformedXml('no TagSet');
  const tags = childrenOf(set, 'Tag').map((tag) => [requiredText(tag, 'Key'), requiredText(tag, 'Value')] as const);
  return checkedTags(tags, most);
}

export function tagsXml(tags: Readonly<Record<string, string>>): XmlValue {
  return { TagSet: { Tag: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) } };
}

/** Once enabled, versions can be suspended, and those that are there stay. */
function readVersioning(root: XmlElement): string {
  onlyChildren(root, ['Status', 'MfaDelete']);
  if ((textOf(root, 'MfaDelete') ?? 'Disabled') !== 'Disabled') {
    throw s3Error.notImplemented('MfaDelete', 'there is no second factor here');
  }
  if (childOf(root, 'Status') === undefined) {
    throw s3Error.of('IllegalVersioningConfigurationException', 400, 'The Versioning element must be specified');
  }
  const status = requiredText(root, 'Status');
  if (status === 'Enabled' || status === 'Suspended') return status;
  throw s3Error.malformedXml(`Status ${status}`);
}

/** The one value that is carried out. Others of AWS's are refused by name, and what is none of AWS's as malformed. */
function onlyValue(root: XmlElement, name: string, value: string, others: readonly string[]): string {
  const given = requiredText(root, name);
  if (given === value) return given;
  if (others.includes(given)) throw s3Error.notImplemented(name, `${root.name} ${given} is not there`);
  throw s3Error.malformedXml(`${name} ${given}`);
}
