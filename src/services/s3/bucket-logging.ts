import { childOf, textOf, type XmlElement } from '../../platform/aws/outgoing/xml-element.js';
import { s3Error } from './s3-error.js';
import { onlyChildren, requiredText, type XmlValue } from './s3-xml.js';

/**
 * Where a bucket's server access logs would go. They are kept and told, and none is written: AWS promises none either
 * ("best effort"), and who did what is in the audit.
 */
export interface AccessLogging {
  readonly bucket: string;
  readonly prefix: string;
  /** How keys are made of dates; absent: as AWS does when it is not told. */
  readonly keyFormat?: 'simple' | 'EventTime' | 'DeliveryTime';
}

/** Null: an empty document, which ends logging. */
export function readLogging(root: XmlElement): AccessLogging | null {
  onlyChildren(root, ['LoggingEnabled']);
  const enabled = childOf(root, 'LoggingEnabled');
  if (enabled === undefined) return null;
  // There is nobody whom TargetGrants could name.
  onlyChildren(enabled, ['TargetBucket', 'TargetPrefix', 'TargetObjectKeyFormat']);
  const keyFormat = keyFormatOf(childOf(enabled, 'TargetObjectKeyFormat'));
  return {
    bucket: requiredText(enabled, 'TargetBucket'),
    prefix: textOf(enabled, 'TargetPrefix') ?? '',
    ...(keyFormat && { keyFormat }),
  };
}

function keyFormatOf(format: XmlElement | undefined): AccessLogging['keyFormat'] {
  if (format === undefined) return undefined;
  if (childOf(format, 'SimplePrefix') !== undefined) return 'simple';
  const source = textOf(childOf(format, 'PartitionedPrefix'), 'PartitionDateSource');
  if (source === 'EventTime' || source === 'DeliveryTime') return source;
  throw s3Error.malformedXml('TargetObjectKeyFormat has neither SimplePrefix nor a PartitionDateSource');
}

export function loggingXml(logging: AccessLogging | null): XmlValue {
  if (logging === null) return '';
  const { bucket, prefix, keyFormat } = logging;
  return {
    LoggingEnabled: {
      TargetBucket: bucket,
      TargetPrefix: prefix,
      TargetObjectKeyFormat:
        keyFormat === undefined
          ? undefined
          : keyFormat === 'simple'
            ? { SimplePrefix: '' }
            : { PartitionedPrefix: { PartitionDateSource: keyFormat } },
    },
  };
}
