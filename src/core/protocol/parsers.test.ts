import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAcknowledge } from './acknowledge.js';
import { parseAgentSessionState } from './agent-session-state.js';
import { parseAgentTaskAcknowledge } from './agent-task-acknowledge.js';
import { parseAgentTaskComplete } from './agent-task-complete.js';
import { decodeBase64, encodeBase64 } from './base64.js';
import { parseChannelClosed } from './channel-closed.js';
import { compareVersions } from './compare-versions.js';
import { decodeMessage } from './decode-message.js';
import { parseEncryptionChallenge } from './encryption-challenge.js';
import { parseExitCode } from './exit-code.js';
import { decodeFlag } from './flag.js';
import { FrameError } from './frame-error.js';
import { parseHandshakeComplete } from './handshake-complete.js';
import {
  parseHandshakeRequest,
  parseKmsEncryptionParameters,
  parseSessionTypeParameters,
} from './handshake-request.js';
import { parseHandshakeResponse, parseKmsEncryptionResult } from './handshake-response.js';
import { parseInteractiveShell } from './interactive-shell.js';
import { parseControlChannelOpening } from './open-control-channel.js';
import { parseDataChannelOpening } from './open-data-channel.js';
import { PayloadError } from './payload-error.js';
import { peekMessage } from './peek-message.js';
import { parseSize } from './size.js';
import { CommandLineError, splitCommand } from './split-command.js';
import { parseTarget } from './target.js';
import { decodeUtf8, encodeUtf8 } from './utf8.js';

/** Every parser of this folder, fed with bytes. */
const PARSERS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  decodeMessage: (bytes) => decodeMessage(bytes),
  peekMessage: (bytes) => peekMessage(bytes),
  parseAcknowledge,
  parseAgentSessionState,
  parseAgentTaskAcknowledge,
  parseAgentTaskComplete,
  parseChannelClosed,
  parseEncryptionChallenge,
  parseExitCode,
  decodeFlag,
  parseHandshakeComplete,
  parseHandshakeRequest,
  parseHandshakeResponse,
  parseInteractiveShell,
  parseSize,
  decodeUtf8,
  splitCommand: (bytes) => splitCommand(decodeUtf8(bytes)),
  parseTarget: (bytes) => parseTarget(decodeUtf8(bytes)),
  compareVersions: (bytes) => compareVersions(decodeUtf8(bytes), '1.2.3.4'),
  decodeBase64: (bytes) => decodeBase64(decodeUtf8(bytes)),
  parseDataChannelOpening: (bytes) => parseDataChannelOpening(decodeUtf8(bytes)),
  parseControlChannelOpening: (bytes) => parseControlChannelOpening(decodeUtf8(bytes)),
  parseSessionTypeParameters: (bytes) => parseSessionTypeParameters(asJson(bytes)),
  parseKmsEncryptionParameters: (bytes) => parseKmsEncryptionParameters(asJson(bytes)),
  parseKmsEncryptionResult: (bytes) => parseKmsEncryptionResult(asJson(bytes)),
};

function asJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(bytes));
  } catch {
    return undefined;
  }
}

const NAMES = [
  'SchemaVersion', 'TaskId', 'MessageId', 'Content', 'SessionId', 'SessionState', 'DocumentContent', 'inputs',
  'properties', 'linux', 'commands', 'RequestedClientActions', 'ProcessedClientActions', 'ActionType',
  'ActionStatus', 'AcknowledgedMessageSequenceNumber', 'Challenge', 'cols', 'TokenValue', 'ClientInstanceId',
  'Output', 'Errors', 'KMSCipherTextKey', '__proto__', 'constructor',
]; // prettier-ignore

/** JSON that has the right names and the wrong everything else. */
const almost = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.string(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 5 }),
  ),
})).value;

const input = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc.string({ unit: 'binary' }).map(encodeUtf8),
  fc.json().map(encodeUtf8),
  almost.map((value) => encodeUtf8(JSON.stringify(value))),
  fc.dictionary(fc.constantFrom(...NAMES), almost).map((value) => encodeUtf8(JSON.stringify(value))),
);

describe('arbitrary bytes', () => {
  for (const [name, parse] of Object.entries(PARSERS)) {
    it(`meet a value or a named error in ${name}`, () => {
      fc.assert(
        fc.property(input, (bytes) => {
          try {
            parse(bytes);
          } catch (error) {
            const named =
              error instanceof FrameError || error instanceof PayloadError || error instanceof CommandLineError;
            if (!named) throw error;
          }
        }),
        { numRuns: 200 },
      );
    });
  }
});

describe('UTF-8', () => {
  it('decodes any bytes as the platform does', () => {
    const platform = new TextDecoder('utf-8', { ignoreBOM: true });
    const hard = fc.array(
      fc.constantFrom(0x41, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xa0, 0xed, 0x9f, 0xf0, 0x90, 0xf4, 0xf5),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          hard.map((bytes) => Uint8Array.from(bytes)),
        ),
        (bytes) => {
          expect(decodeUtf8(bytes)).toBe(platform.decode(bytes));
        },
      ),
    );
  });

  it('encodes any text as the platform does, lone surrogates too', () => {
    const units = fc.array(fc.constantFrom('a', 'é', '€', '\ud83d', '\ude00', '\udfff', '\0'));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          units.map((all) => all.join('')),
        ),
        (text) => {
          expect(encodeUtf8(text)).toEqual(Uint8Array.from(new TextEncoder().encode(text)));
        },
      ),
    );
  });

  it('text longer than one chunk comes back', () => {
    const text = 'a€😀'.repeat(5_000);
    expect(decodeUtf8(encodeUtf8(text))).toBe(text);
  });
});

describe('Base64', () => {
  it('is that of the platform, both ways', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(encodeBase64(bytes)).toBe(text);
        expect(decodeBase64(text)).toEqual(bytes);
      }),
    );
  });

  it('refuses what is not padded standard Base64', () => {
    for (const text of ['A', 'AA', 'AAA', 'AA=A', 'A===', '-_AA', 'AAAA\n', ' AAA']) {
      expect(decodeBase64(text)).toBeUndefined();
    }
  });
});
