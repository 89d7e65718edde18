import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeUtf8 } from '../protocol/utf8.js';
import { Asciicast } from './asciicast.js';
import { EventKind, type RecordingEvent, type RecordingHeader } from './recording-format.js';
import { RecordingReader } from './recording-reader.js';
import { HEADER, output, recording, resize, sha256 } from './recording.fixture.js';

function cast(events: readonly RecordingEvent[], header: RecordingHeader = HEADER): unknown[] {
  const asciicast = new Asciicast();
  const text = new RecordingReader(sha256)
    .push(recording(events, header))
    .map((event) => asciicast.lines(event))
    .join('');
  expect(text.endsWith('\n')).toBe(true);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

test('a session with a terminal', () => {
  expect(
    cast([output(1_500_000, '$ '), { ...output(1_700_001, 'ls\r'), kind: EventKind.Input }, resize(2e6, 1, 10_000)]),
  ).toEqual([
    {
      version: 2,
      width: 80,
      height: 24,
      timestamp: 1_700_000_000,
      command: '/bin/sh',
      title: `${HEADER.owner} in app of ${HEADER.taskArn}: /bin/sh`,
      env: { TERM: 'xterm-256color' },
      gangway: {
        sessionId: HEADER.sessionId,
        owner: HEADER.owner,
        sourceIp: '127.0.0.1',
        target: HEADER.target,
        taskArn: HEADER.taskArn,
        containerName: 'app',
        startedAt: HEADER.startedAt,
      },
    },
    [1.5, 'o', '$ '],
    [1.700001, 'i', 'ls\r'],
    [2, 'r', '1x10000'],
  ]);
});

test('a session without a terminal: no stairs, both streams, no environment', () => {
  const [header, ...lines] = cast(
    [
      output(1, 'a\nb\r'),
      output(2, '\nc\r\n'),
      { ...output(3, 'error\n'), kind: EventKind.StdErr },
      output(4, '\n'),
      output(5, ''),
    ],
    { ...HEADER, terminal: null, command: '' },
  );
  expect(header).toMatchObject({ width: 80, height: 24 });
  expect(Object.keys(header as object)).not.toContain('env');
  expect(lines).toEqual([
    [0.000001, 'o', 'a\r\nb\r'],
    [0.000002, 'o', '\nc\r\n'],
    [0.000003, 'o', 'error\r\n'],
    [0.000004, 'o', '\r\n'],
  ]);
});

test('a gap is marked', () => {
  const payload = Buffer.from('{"bytes":7,"reason":"disk full"}');
  expect(cast([{ kind: EventKind.Gap, time: 1, payload }])[1]).toEqual([
    0.000001,
    'm',
    '7 bytes were not recorded: disk full',
  ]);
});

test('a character cut at an event is whole, on each stream for itself; one that never ends is replaced', () => {
  const euro = Buffer.from('€');
  const events = [
    output(1, euro.subarray(0, 1)),
    { ...output(2, euro.subarray(0, 2)), kind: EventKind.StdErr },
    output(3, euro.subarray(1)),
    { ...output(4, euro.subarray(2)), kind: EventKind.StdErr },
    output(5, euro.subarray(0, 2)),
  ];
  expect(cast(events).slice(1)).toEqual([
    [0.000003, 'o', '€'],
    [0.000004, 'o', '€'],
    [0.000005, 'o', '\ufffd'],
  ]);
});

test('whatever the bytes and the cuts, the text is that of all bytes together', { timeout: 60_000 }, () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 20 }).map((text) => Uint8Array.from(Buffer.from(text))),
  );
  fc.assert(
    fc.property(fc.array(bytes), (pieces) => {
      const lines = cast(pieces.map((piece, index) => output(index, piece)));
      const text = lines.slice(1).map((line) => (line as [number, string, string])[2]);
      expect(text.join('')).toBe(decodeUtf8(Buffer.concat(pieces)));
    }),
  );
});
