import { describe, expect, test } from 'vitest';
import { parseExitCode } from '../../core/protocol/exit-code.js';
import { PayloadType } from '../../core/protocol/payload-type.js';
import { DEFAULT_RECORDING, NO_SESSION_INPUTS } from '../../core/protocol/session-document.js';
import { encodeSize } from '../../core/protocol/size.js';
import { settle } from '../fixtures/hand-clock.fixture.js';
import { PIPES, SESSION_ID, setUpSession, TERMINAL } from '../fixtures/session.fixture.js';
import type { OpenRecorder, RecordedSession, Recorder } from '../recorder.js';
import { SessionFailure } from './session-failure.js';

/** Writes down what it is asked to record. */
function recording(changes: Partial<Recorder> = {}) {
  const log: string[] = [];
  const sessions: RecordedSession[] = [];
  const openRecorder: OpenRecorder = (session) => {
    sessions.push(session);
    return Promise.resolve({
      record: (kind, bytes) => void log.push(`${kind} ${Buffer.from(bytes).toString()}`),
      resize: ({ columns, rows }) => void log.push(`resize ${columns}x${rows}`),
      close: ({ exitCode, reason }) => Promise.resolve(void log.push(`close ${String(exitCode)} ${reason}`)),
      ...changes,
    });
  };
  return { log, sessions, openRecorder };
}

test('output is recorded before it is sent, and the record closed before the session is complete', async () => {
  const log: string[] = [];
  const { client, ends, started } = setUpSession({
    streams: TERMINAL,
    host: {
      openRecorder: ({ header: { sessionId, owner }, inputs }) => {
        log.push(`open ${sessionId} ${owner} ${inputs.s3BucketName}`);
        return Promise.resolve({
          record: (_kind, bytes) => {
            log.push(`record ${Buffer.from(bytes).toString()} ${client.text().length}`);
            return undefined;
          },
          resize: () => undefined,
          close: () => Promise.resolve(void log.push(`close ${ends.length}`)),
        });
      },
    },
    document: { inputs: { ...NO_SESSION_INPUTS, s3BucketName: 'records' } },
  });
  const process = await started();
  process.stdout.write('secret');
  process.exit(0);
  await settle();
  expect(log).toEqual([
    `open ${SESSION_ID} arn:aws:iam::123456789012:user/admin records`,
    'record secret 0',
    'close 0',
  ]);
  expect(ends).toHaveLength(1);
});

test('what cannot be recorded is not sent, and the session ends with the reason', async () => {
  const { client, ends, started } = setUpSession({
    streams: TERMINAL,
    host: {
      openRecorder: () =>
        Promise.resolve({
          record: () => Promise.reject(new Error('disk full')),
          resize: () => undefined,
          close: () => Promise.resolve(),
        }),
    },
  });
  const process = await started();
  process.stdout.write('secret');
  await settle();
  expect(client.text()).toBe('');
  expect(parseExitCode(client.bytes(PayloadType.ExitCode))).toBe(254);
  expect(process.calls).toEqual(['SIGHUP']);
  expect(ends).toEqual([
    { status: 'Failed', output: 'The session has ended because it could not be recorded: disk full' },
  ]);
});

test('a record that cannot be opened refuses the session before the command runs', async () => {
  const { container, ends, begin } = setUpSession({
    streams: TERMINAL,
    host: { openRecorder: () => Promise.reject(new Error('no such bucket')) },
  });
  await begin();
  await settle();
  expect(container.processes).toEqual([]);
  expect(ends).toMatchObject([{ status: 'Failed', output: expect.stringContaining('no such bucket') }]);
});

test('a command that has exited with 0 meanwhile does not hide that its output could not be recorded', async () => {
  const { client, started } = setUpSession({
    streams: PIPES,
    host: {
      openRecorder: recording({
        record: () => {
          throw new Error('disk full');
        },
      }).openRecorder,
    },
  });
  const process = await started();
  process.stdout.write('x');
  process.exit(0);
  await settle();
  expect(client.text(PayloadType.StdErr)).toBe('The session has ended because it could not be recorded: disk full\n');
  expect(parseExitCode(client.bytes(PayloadType.ExitCode))).toBe(254);
});

test('a refusal in words of its own is passed on as it is', async () => {
  const { ends, begin } = setUpSession({
    streams: TERMINAL,
    host: { openRecorder: () => Promise.reject(new SessionFailure('not encrypted', { bare: true })) },
  });
  await begin();
  await settle();
  expect(ends).toEqual([{ status: 'Failed', output: 'not encrypted' }]);
});

test('the header has the size of the terminal; a later size comes before what is written for it', async () => {
  const { log, sessions, openRecorder } = recording();
  const { client, started } = setUpSession({ streams: TERMINAL, host: { openRecorder } });
  const process = await started();
  expect(sessions[0]!.header.terminal).toEqual({ columns: 120, rows: 40, term: 'xterm-kitty' });
  expect(sessions[0]!.settings).toEqual(DEFAULT_RECORDING);
  process.resize = () => void process.stdout.write('painted again');
  client.channel.write(PayloadType.Size, encodeSize({ cols: 1, rows: 10_000 }));
  await settle();
  expect(log).toEqual(['resize 1x10000', 'output painted again']);
});

test('without a terminal: no size, both streams apart', async () => {
  const { log, sessions, openRecorder } = recording();
  const { started } = setUpSession({ streams: PIPES, host: { openRecorder } });
  const process = await started();
  expect(sessions[0]!.header.terminal).toBeNull();
  process.stdout.write('out');
  process.stderr.write('err');
  process.exit(3);
  await settle();
  expect(log).toEqual(['output out', 'stderr err', 'close 3 ']);
});

test('a session that is terminated says so in its record', async () => {
  const { log, openRecorder } = recording();
  const { session, started } = setUpSession({ streams: TERMINAL, host: { openRecorder } });
  await started();
  session.terminate();
  await settle();
  expect(log).toEqual(['close 129 The session was terminated.']);
});

test('a session that ends while its record is being opened does not wait for it, and the record is closed once', async () => {
  const { log, openRecorder } = recording();
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const { session, container, ends, begin } = setUpSession({
    streams: TERMINAL,
    host: { openRecorder: (wanted) => gate.then(() => openRecorder(wanted)) },
  });
  await begin();
  session.terminate();
  await settle();
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
  expect(log).toEqual([]);
  open();
  await settle();
  expect(log).toEqual(['close null The session was terminated.']);
  expect(container.processes).toEqual([]);
});

test('a command that cannot be started still has its record closed', async () => {
  const { log, openRecorder } = recording();
  const { container, begin } = setUpSession({ streams: TERMINAL, host: { openRecorder } });
  container.onEnter = () => Promise.reject(new Error('no such file'));
  await begin();
  await settle();
  expect(log).toHaveLength(1);
  expect(log[0]).toContain('close null');
  expect(log[0]).toContain('no such file');
});

describe('input', () => {
  const input = { recording: { ...DEFAULT_RECORDING, input: true } };

  test('is not recorded unless that is wanted, nor without a terminal', async () => {
    for (const options of [{ streams: TERMINAL }, { streams: PIPES, document: input }]) {
      const { log, openRecorder } = recording();
      const { client, started } = setUpSession({ ...options, host: { openRecorder } });
      const process = await started();
      client.type('typed');
      await settle();
      expect(process.stdin.read()?.toString()).toBe('typed');
      expect(log).toEqual([]);
    }
  });

  test('is recorded while the terminal echoes, and otherwise not', async () => {
    const { log, openRecorder } = recording();
    const { client, started } = setUpSession({ streams: TERMINAL, document: input, host: { openRecorder } });
    const process = await started();
    client.type('sudo -s\r');
    await settle();
    process.echo = () => Promise.resolve(false);
    client.type('password\r');
    await settle();
    process.echo = () => Promise.reject(new Error('nobody knows'));
    client.type('unknown\r');
    await settle();
    process.echo = () => Promise.resolve(true);
    client.type('ls\r');
    await settle();
    expect(log).toEqual(['input sudo -s\r', 'input ls\r']);
    expect(process.stdin.read()?.toString()).toBe('sudo -s\rpassword\runknown\rls\r');
  });

  test('waits for the answer before the terminal gets it, and keeps its order with sizes', async () => {
    const { log, openRecorder } = recording();
    const { client, started } = setUpSession({ streams: TERMINAL, document: input, host: { openRecorder } });
    const process = await started();
    const answers: ((echoes: boolean) => void)[] = [];
    process.echo = () => new Promise((resolve) => answers.push(resolve));
    client.type('a');
    client.channel.write(PayloadType.Size, encodeSize({ cols: 9, rows: 9 }));
    client.type('b');
    await settle();
    expect([answers.length, process.stdin.read(), log]).toEqual([1, null, []]);
    answers[0]!(true);
    await settle();
    expect([answers.length, process.stdin.read()?.toString(), process.calls]).toEqual([2, 'a', ['resize 9x9']]);
    answers[1]!(false);
    await settle();
    expect(process.stdin.read()?.toString()).toBe('b');
    expect(log).toEqual(['input a', 'resize 9x9']);
  });

  test('that cannot be recorded is not typed, and ends the session', async () => {
    const { openRecorder } = recording({ record: () => Promise.reject(new Error('disk full')) });
    const { client, ends, started } = setUpSession({ streams: TERMINAL, document: input, host: { openRecorder } });
    const process = await started();
    client.type('rm -rf /\r');
    await settle();
    expect(process.stdin.read()).toBeNull();
    expect(ends).toMatchObject([{ status: 'Failed', output: expect.stringContaining('disk full') }]);
  });
});
