import { describe, expect, it } from 'vitest';
import { encodeInteractiveShell, parseInteractiveShell } from './interactive-shell.js';
import { NO_SESSION_INPUTS, refersToParameterStore } from './session-document.js';
import type { SessionDocument } from './session-document.js';
import { encodeUtf8 } from './utf8.js';

const DOCUMENT: SessionDocument = {
  sessionId: 'ecs-execute-command-0123456789abcdef0',
  documentName: 'AmazonECS-ExecuteInteractiveCommand',
  sessionOwner: 'arn:aws:iam::000000000000:user/dev',
  sessionType: 'InteractiveCommands',
  inputs: NO_SESSION_INPUTS,
  commands: '/bin/sh',
  runAsElevated: true,
  separateOutputStream: false,
};

function parse(outer: Record<string, unknown>, content: unknown): SessionDocument {
  return parseInteractiveShell(encodeUtf8(JSON.stringify({ ...outer, Content: JSON.stringify(content) })));
}

describe('interactive_shell', () => {
  it('is JSON with JSON text inside, in the shape that the official agent takes', () => {
    const outer = JSON.parse(Buffer.from(encodeInteractiveShell(DOCUMENT)).toString());
    expect({ ...outer, Content: JSON.parse(outer.Content) }).toEqual({
      TaskId: DOCUMENT.sessionId,
      Topic: 'interactive_shell',
      SchemaVersion: 1,
      Content: {
        DocumentName: 'AmazonECS-ExecuteInteractiveCommand',
        SessionId: DOCUMENT.sessionId,
        RunAsUser: '',
        SessionOwner: 'arn:aws:iam::000000000000:user/dev',
        Parameters: {},
        DocumentContent: {
          schemaVersion: '1.0',
          description: '',
          sessionType: 'InteractiveCommands',
          inputs: {
            s3BucketName: '',
            s3KeyPrefix: '',
            s3EncryptionEnabled: false,
            cloudWatchLogGroupName: '',
            cloudWatchStreamingEnabled: false,
            cloudWatchEncryptionEnabled: false,
            kmsKeyId: '',
            runAsEnabled: false,
            runAsDefaultUser: '',
            shellProfile: { windows: '', linux: '' },
          },
          parameters: {},
          properties: { linux: { commands: '/bin/sh', runAsElevated: true } },
        },
      },
    });
  });

  it('comes back as it went, quotes and all', () => {
    const document: SessionDocument = {
      ...DOCUMENT,
      commands: `sh -c 'echo "\\"'\n€`,
      separateOutputStream: true,
      inputs: { ...NO_SESSION_INPUTS, kmsKeyId: 'k', s3BucketName: 'b', s3EncryptionEnabled: true },
    };
    expect(parseInteractiveShell(encodeInteractiveShell(document))).toEqual(document);
  });

  it('how it is recorded stands beside the document, where the official agent passes over it', () => {
    const recording = { record: 'best-effort', input: true, live: true, sourceIp: '192.0.2.7' } as const;
    const encoded = encodeInteractiveShell({ ...DOCUMENT, recording });
    expect(parseInteractiveShell(encoded)).toEqual({ ...DOCUMENT, recording });
    const content = (payload: Uint8Array): Record<string, unknown> =>
      JSON.parse(JSON.parse(Buffer.from(payload).toString()).Content);
    const { GangwayRecording, ...others } = content(encoded);
    expect(GangwayRecording).toEqual(recording);
    expect(others).toEqual(content(encodeInteractiveShell(DOCUMENT)));
  });

  it('what is not known of it is read on the safe side', () => {
    const parsed = (GangwayRecording: unknown): unknown =>
      parse(
        {},
        { SessionId: 's', DocumentContent: { schemaVersion: '1.0', sessionType: 'Standard_Stream' }, GangwayRecording },
      ).recording;
    expect(parsed({ record: 'never' })).toEqual({ record: 'required', input: false, live: false, sourceIp: '' });
    expect(parsed(null)).toBeUndefined();
    expect(() => parsed({ input: 'yes' })).toThrow('GangwayRecording.input is not true or false');
  });

  it.each([{ user: 'nobody' }, { toolbox: {} }, { user: '1:2', toolbox: { image: 'busybox' } }])(
    'freedom stands outside of the document, whose version no agent takes that does not know it: %j',
    (freedom) => {
      const encoded = encodeInteractiveShell({ ...DOCUMENT, freedom });
      expect(parseInteractiveShell(encoded)).toEqual({ ...DOCUMENT, freedom });
      const { GangwayFreedom, ...others } = JSON.parse(JSON.parse(Buffer.from(encoded).toString()).Content);
      expect(GangwayFreedom).toEqual(freedom);
      const plain = JSON.parse(Buffer.from(encodeInteractiveShell(DOCUMENT)).toString()).Content;
      const document = JSON.parse(plain).DocumentContent;
      expect(others).toEqual({ ...JSON.parse(plain), DocumentContent: { ...document, schemaVersion: 'gangway-1.0' } });
    },
  );

  it('names match without regard to case', () => {
    const parsed = parse(
      { taskid: 'x' },
      {
        sessionid: 's',
        DOCUMENTCONTENT: {
          SCHEMAVERSION: '1.0',
          SessionType: 'Standard_Stream',
          Properties: { LINUX: { Commands: 'c' } },
        },
      },
    );
    expect(parsed).toMatchObject({ sessionId: 's', sessionType: 'Standard_Stream', commands: 'c' });
  });

  it('flags may be strings, but not cloudWatchStreamingEnabled', () => {
    const content = (inputs: unknown): unknown => ({
      SessionId: 's',
      DocumentContent: { schemaVersion: '1.0', sessionType: 'InteractiveCommands', inputs },
    });
    expect(parse({}, content({ s3EncryptionEnabled: 'True' })).inputs.s3EncryptionEnabled).toBe(true);
    expect(() => parse({}, content({ cloudWatchStreamingEnabled: 'true' }))).toThrow(
      'inputs.cloudWatchStreamingEnabled is not true or false',
    );
    expect(() => parse({}, content({ s3EncryptionEnabled: 'yes' }))).toThrow('inputs.s3EncryptionEnabled');
  });

  it('another schema version is refused', () => {
    expect(() => parse({}, { SessionId: 's', DocumentContent: { schemaVersion: '2.0', sessionType: 'Port' } })).toThrow(
      'schemaVersion is not 1.0',
    );
  });

  it('references to Parameter Store are seen', () => {
    for (const commands of ['echo {{ssm:name}}', 'echo {{ ssm:name }}', 'x{{SSM:/a/b}}', '{{ssm-secure:p}}']) {
      expect(refersToParameterStore(commands)).toBe(true);
    }
    for (const commands of ['echo {{name}}', 'echo ssm:name', '{ {ssm:name}}']) {
      expect(refersToParameterStore(commands)).toBe(false);
    }
  });
});
