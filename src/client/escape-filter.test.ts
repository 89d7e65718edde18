import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EscapeAction, EscapeFilter } from './escape-filter.js';

/** Feeds chunks and joins neighbouring bytes, so that the cuts of the input do not show. */
function typed(...chunks: string[]): (string | { action: EscapeAction })[] {
  const filter = new EscapeFilter('~');
  const out: (string | { action: EscapeAction })[] = [];
  for (const chunk of chunks) {
    for (const part of filter.feed(Buffer.from(chunk, 'latin1'))) {
      if (typeof part === 'string') out.push({ action: part });
      else {
        const text = Buffer.from(part).toString('latin1');
        const last = out.at(-1);
        if (typeof last === 'string') out[out.length - 1] = last + text;
        else out.push(text);
      }
    }
  }
  return out;
}

describe('escape sequences', () => {
  it('leaves on ~. at the very start and after either line end', () => {
    expect(typed('~.')).toEqual([{ action: 'leave' }]);
    expect(typed('ls\r~.')).toEqual(['ls\r', { action: 'leave' }]);
    expect(typed('ls\n~.')).toEqual(['ls\n', { action: 'leave' }]);
  });

  it('passes ~. in the middle of a line', () => {
    expect(typed('cd ~.\r')).toEqual(['cd ~.\r']);
  });

  it('sends one ~ for ~~ and does not take what follows as an escape', () => {
    expect(typed('\r~~.')).toEqual(['\r~.']);
  });

  it('sends both bytes of an unknown escape', () => {
    expect(typed('~x')).toEqual(['~x']);
    expect(typed('~\r~.')).toEqual(['~\r', { action: 'leave' }]);
  });

  it('holds ~ at the start of a line back until the next key', () => {
    expect(typed('~')).toEqual([]);
    expect(typed('~', '/')).toEqual(['~/']);
  });

  it('knows help and suspend, and another escape right after them', () => {
    expect(typed('~?~.')).toEqual([{ action: 'help' }, { action: 'leave' }]);
    expect(typed('~\x1aa')).toEqual([{ action: 'suspend' }, 'a']);
  });

  it('says the same wherever the input is cut', () => {
    const key = fc.constantFrom('~', '.', '?', '\r', '\n', '\x1a', 'a');
    fc.assert(
      fc.property(fc.array(fc.array(key, { maxLength: 5 }), { maxLength: 6 }), (chunks) => {
        const strings = chunks.map((chunk) => chunk.join(''));
        expect(typed(...strings)).toEqual(typed(strings.join('')));
        expect(typed(...Array.from(strings.join('')))).toEqual(typed(strings.join('')));
      }),
    );
  });

  it('loses nothing when the escape character is never typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '\r', '\n', '.', '\xff') }), (text) => {
        expect(typed(text)).toEqual(text === '' ? [] : [text]);
      }),
    );
  });
});
