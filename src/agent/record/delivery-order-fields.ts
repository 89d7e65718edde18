import type { JsonFields } from '../../core/protocol/json-fields.js';
import type { RecordingSettings, SessionInputs } from '../../core/protocol/session-document.js';

export function parseSessionInputs(fields: JsonFields): SessionInputs {
  return {
    s3BucketName: fields.string('s3BucketName'),
    s3KeyPrefix: fields.string('s3KeyPrefix'),
    s3EncryptionEnabled: fields.boolean('s3EncryptionEnabled'),
    cloudWatchLogGroupName: fields.string('cloudWatchLogGroupName'),
    cloudWatchStreamingEnabled: fields.boolean('cloudWatchStreamingEnabled'),
    cloudWatchEncryptionEnabled: fields.boolean('cloudWatchEncryptionEnabled'),
    kmsKeyId: fields.string('kmsKeyId'),
  };
}

export function parseSettings(fields: JsonFields): RecordingSettings {
  return {
    record: fields.string('record') === 'best-effort' ? 'best-effort' : 'required',
    input: fields.boolean('input'),
    live: fields.boolean('live'),
    sourceIp: fields.string('sourceIp'),
  };
}
