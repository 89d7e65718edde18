import { encodeJson, JsonFields } from './json-fields.js';
import { MessageType } from './message-type.js';
import { PayloadError } from './payload-error.js';
import type { RecordingSettings, SessionDocument, SessionFreedom } from './session-document.js';

const DOCUMENT_SCHEMA_VERSION = '1.0';

/**
 * Of a document with freedom. An agent that does not know `GangwayFreedom` would pass over it and run the command as
 * root, which nobody has asked for: AWS's agent, and ours of before, refuse a document of a version that they do not know.
 */
const FREE_DOCUMENT_SCHEMA_VERSION = 'gangway-1.0';

/**
 * Payload of `interactive_shell`: JSON whose `Content` is JSON text again. The shape is the one that the official
 * agent accepted [V]; values are already filled in, so both parameter lists are empty. `GangwayRecording` and
 * `GangwayFreedom` are ours and stand outside the document: Go's decoder, which reads it there, passes over members that
 * it does not know.
 */
export function encodeInteractiveShell(document: SessionDocument): Uint8Array {
  const content = {
    DocumentName: document.documentName,
    SessionId: document.sessionId,
    RunAsUser: '',
    SessionOwner: document.sessionOwner,
    ...(document.recording && { GangwayRecording: document.recording }),
    ...(document.freedom && { GangwayFreedom: document.freedom }),
    Parameters: {},
    DocumentContent: {
      schemaVersion: document.freedom ? FREE_DOCUMENT_SCHEMA_VERSION : DOCUMENT_SCHEMA_VERSION,
      description: '',
      sessionType: document.sessionType,
      inputs: {
        ...document.inputs,
        runAsEnabled: false,
        runAsDefaultUser: '',
        shellProfile: { windows: '', linux: '' },
      },
      parameters: {},
      properties: {
        linux: {
          commands: document.commands,
          runAsElevated: document.runAsElevated,
          ...(document.separateOutputStream ? { separateOutputStream: true } : {}),
        },
      },
    },
  };
  return encodeJson({
    Content: JSON.stringify(content),
    TaskId: document.sessionId,
    Topic: MessageType.InteractiveShell,
    SchemaVersion: 1,
  });
}

/** Throws a PayloadError. Names match without regard to case, inside as outside. */
export function parseInteractiveShell(payload: Uint8Array): SessionDocument {
  const outer = JsonFields.parse(payload, 'interactive_shell');
  const content = JsonFields.parse(outer.requiredString('Content'), 'interactive_shell.Content');
  const document = content.object('DocumentContent');
  const schemaVersion = document.string('schemaVersion');
  if (schemaVersion !== DOCUMENT_SCHEMA_VERSION && schemaVersion !== FREE_DOCUMENT_SCHEMA_VERSION) {
    throw new PayloadError(
      'interactive_shell.Content.DocumentContent.schemaVersion',
      `is not ${DOCUMENT_SCHEMA_VERSION}`,
    );
  }
  const inputs = document.object('inputs');
  const linux = document.object('properties').object('linux');
  return {
    sessionId: content.requiredString('SessionId'),
    documentName: content.string('DocumentName'),
    sessionOwner: content.string('SessionOwner'),
    sessionType: document.requiredString('sessionType'),
    inputs: {
      s3BucketName: inputs.string('s3BucketName'),
      s3KeyPrefix: inputs.string('s3KeyPrefix'),
      s3EncryptionEnabled: inputs.looseBoolean('s3EncryptionEnabled'),
      cloudWatchLogGroupName: inputs.string('cloudWatchLogGroupName'),
      cloudWatchStreamingEnabled: inputs.boolean('cloudWatchStreamingEnabled'),
      cloudWatchEncryptionEnabled: inputs.looseBoolean('cloudWatchEncryptionEnabled'),
      kmsKeyId: inputs.string('kmsKeyId'),
    },
    commands: linux.string('commands'),
    runAsElevated: linux.looseBoolean('runAsElevated'),
    separateOutputStream: linux.looseBoolean('separateOutputStream'),
    ...(content.has('GangwayRecording') && { recording: parseRecording(content.object('GangwayRecording')) }),
    ...(content.has('GangwayFreedom') && { freedom: readFreedom(content.object('GangwayFreedom')) }),
  };
}

/** What is not `best-effort` is `required`: a word that this version does not know must not cost the record. */
function parseRecording(fields: JsonFields): RecordingSettings {
  return {
    record: fields.string('record') === 'best-effort' ? 'best-effort' : 'required',
    input: fields.boolean('input'),
    live: fields.boolean('live'),
    sourceIp: fields.string('sourceIp'),
  };
}

/** Also of a record's header. Throws a PayloadError. */
export function readFreedom(fields: JsonFields): SessionFreedom {
  const user = fields.string('user');
  const toolbox = fields.has('toolbox') ? fields.object('toolbox') : undefined;
  const image = toolbox?.string('image') ?? '';
  return {
    ...(user !== '' && { user }),
    ...(toolbox && { toolbox: image === '' ? {} : { image } }),
  };
}
