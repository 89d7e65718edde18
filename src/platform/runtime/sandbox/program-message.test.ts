import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LINE_BYTES, ProgramMessageError, ProgramMessages } from './program-message.js';

const said = [
  ['container 4711 5 7', { kind: 'container', init: 4711, stdout: 5, stderr: 7 }],
  ['pipes 5 6 8', { kind: 'pipes', stdin: 5, stdout: 6, stderr: 8 }],
  ['task 4712', { kind: 'task', init: 4712 }],
  ['process 4713', { kind: 'process', pid: 4713 }],
  ['started', { kind: 'started' }],
  ['usage 1250 4096', { kind: 'usage', cpuMilliseconds: 1250, peakKilobytes: 4096 }],
  ['exit 137', { kind: 'exit', code: 137 }],
  ['error 2 exec /a b/é', { kind: 'error', errno: 2, stage: 'exec', detail: '/a b/é' }],
  ['error 0 init ', { kind: 'error', errno: 0, stage: 'init', detail: '' }],
] as const;
const bytes = Buffer.from(said.map(([line]) => `${line}\n`).join(''));
const messages = said.map(([, message]) => message);

describe('what the program says', () => {
  test('is read whole, byte by byte, and at random cuts', () => {
    expect(new ProgramMessages().take(bytes)).toEqual(messages);
    const single = new ProgramMessages();
    expect([...bytes].flatMap((byte) => single.take(Buffer.of(byte)))).toEqual(messages);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const parser = new ProgramMessages();
        const taken = edges.slice(1).flatMap((end, i) => parser.take(bytes.subarray(edges[i], end)));
        expect(taken).toEqual(messages);
      }),
    );
  });

  test('is an error when it is anything else', () => {
    for (const line of [
      '',
      'hello',
      'exit',
      'exit x',
      'exit 1 2',
      'pipes 1 2',
      'container 1 2 3 4',
      'Started',
      'error 2',
    ]) {
      expect(() => new ProgramMessages().take(Buffer.from(`${line}\n`)), line).toThrow(ProgramMessageError);
    }
  });

  test('has lines of bounded length', () => {
    const parser = new ProgramMessages();
    parser.take(Buffer.alloc(LINE_BYTES, 'a'));
    expect(() => parser.take(Buffer.from('a'))).toThrow(`exceeds ${LINE_BYTES} bytes`);
  });

  test('arbitrary bytes are messages or an error, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        try {
          for (const message of new ProgramMessages().take(noise)) expect(message).toHaveProperty('kind');
        } catch (error) {
          expect(error).toBeInstanceOf(ProgramMessageError);
        }
      }),
    );
  });
});
