import { spawn } from '@lydell/node-pty';
import { existsSync } from 'node:fs';
import { EventKind, type RecordingEvent, type RecordingHeader } from '../../core/recording/recording-format.js';
import { transcriptLines } from './transcript-lines.js';
import type { TranscriptLine } from './transcript-line.js';

export const SIZE = { columns: 80, rows: 24 };
export const TERMINAL_HEADER: RecordingHeader = {
  version: 1,
  sessionId: 'ecs-execute-command-0123456789abcdefg',
  target: 'ecs:demo_0123456789abcdef0123456789abcdef_0123456789abcdef0123456789abcdef-1234567890',
  taskArn: 'arn:aws:ecs:us-east-1:123456789012:task/demo/0123456789abcdef0123456789abcdef',
  containerName: 'app',
  owner: 'arn:aws:iam::123456789012:user/ann',
  sourceIp: '192.0.2.1',
  command: '/bin/sh',
  startedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
  terminal: { ...SIZE, term: 'xterm-256color' },
  input: false,
};
export const PIPES_HEADER: RecordingHeader = { ...TERMINAL_HEADER, terminal: null };

export const output = (text: string | Uint8Array, time = 0): RecordingEvent => ({
  kind: EventKind.Output,
  time,
  payload: Buffer.from(text as string),
});
export const stderr = (text: string, time = 0): RecordingEvent => ({ ...output(text, time), kind: EventKind.StdErr });
export const json = (kind: EventKind, value: unknown, time = 0): RecordingEvent => ({
  kind,
  time,
  payload: Buffer.from(JSON.stringify(value)),
});
export const resize = (columns: number, rows: number, time = 0): RecordingEvent =>
  json(EventKind.Resize, { columns, rows }, time);

export async function* stream(events: readonly RecordingEvent[]): AsyncGenerator<RecordingEvent, void, void> {
  for (const event of events) yield await Promise.resolve(event);
}

export async function linesOf(
  header: Pick<RecordingHeader, 'terminal'>,
  events: readonly RecordingEvent[],
): Promise<TranscriptLine[]> {
  const lines: TranscriptLine[] = [];
  for await (const line of transcriptLines(header, stream(events))) lines.push(line);
  return lines;
}

/** The transcript of a terminal of 80 by 24 that was sent this. */
export async function shown(...texts: (string | Uint8Array)[]): Promise<string[]> {
  const lines = await linesOf(
    TERMINAL_HEADER,
    texts.map((text) => output(text)),
  );
  return lines.map(({ text }) => text);
}

/** What is to be done once a pattern is on the screen. */
export type Step = readonly [pattern: RegExp, keys: string];

/** A program on a real terminal, recorded until it ends. Each step waits for its pattern in what came after the last. */
export function recordProgram(
  file: string,
  args: readonly string[],
  steps: readonly Step[],
): Promise<RecordingEvent[]> {
  const events: RecordingEvent[] = [];
  const left = [...steps];
  let text = '';
  const started = process.hrtime.bigint();
  const time = (): number => Number((process.hrtime.bigint() - started) / 1000n);
  const pty = spawn(file, [...args], {
    cols: SIZE.columns,
    rows: SIZE.rows,
    name: 'xterm-256color',
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      LC_ALL: 'C.UTF-8',
      TERM: 'xterm-256color',
      LESSHISTFILE: '-',
    },
  });
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      pty.kill('SIGKILL');
      reject(new Error(`${file} did not show ${String(left[0]?.[0] ?? 'its end')}: ${text.slice(-500)}`));
    }, 20_000);
    pty.onData((data) => {
      events.push(output(data, time()));
      text += data;
      const match = left[0]?.[0].exec(text);
      if (!match) return;
      text = text.slice(match.index + match[0].length);
      const [[, keys] = [/$/, '']] = left.splice(0, 1);
      // Long enough for the eye, and for the program to finish its screen.
      setTimeout(() => pty.write(keys), 150);
    });
    pty.onExit(() => {
      clearTimeout(late);
      resolve(events);
    });
  });
}

export const isThere = (file: string): boolean => existsSync(file);
