import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { ScreenPainter } from './screen-painter.js';
import { SessionScreen } from './session-screen.js';

const open: SessionScreen[] = [];
afterEach(() => open.splice(0).forEach((screen) => screen.dispose()));

function screenOf(columns: number, rows: number): SessionScreen {
  const screen = new SessionScreen({ columns, rows });
  open.push(screen);
  return screen;
}

/** Everything of a screen that can be seen. */
function seen(screen: SessionScreen): unknown {
  const { cursor } = screen;
  const rows = Array.from({ length: screen.rows }, (_, y) =>
    [...screen.row(y)].map(({ text, style, width }) => [text === '' && width === 1 ? ' ' : text, style]),
  );
  return { rows, cursor: cursor.shown ? cursor : 'hidden' };
}

/** A session's screen and a window of the same size that it is painted into. */
function pair(columns = 40, rows = 10) {
  const session = screenOf(columns, rows);
  const window = screenOf(columns, rows);
  const painter = new ScreenPainter();
  const paint = async (status?: string): Promise<string> => {
    const out = painter.paint({ screen: session, window: { columns: window.columns, rows: window.rows }, status });
    await window.write(`\x1b[?7l${out}`);
    return out;
  };
  return { session, window, painter, paint };
}

test('colours, attributes, wide characters, marks and the cursor arrive as they are', async () => {
  const { session, window, paint } = pair();
  await session.write('\x1b[31mred \x1b[1;4;92mbold\x1b[0m \x1b[38;5;200m\x1b[48;2;1;2;3mrgb\x1b[0m\r\n');
  await session.write('漢字 e\u0301 🙂 \x1b[7minverse\x1b[27m\x1b[3m i \x1b[9ms\x1b[0m\r\n\x1b[44m\x1b[K\x1b[0m');
  await session.write(`\x1b[5;1H${'x'.repeat(40)}\x1b[6;40Hy\x1b[4;7H\x1b[?25l`);
  await paint();
  expect(seen(window)).toEqual(seen(session));
  await session.write('\x1b[?25h');
  await paint();
  expect(seen(window)).toEqual(seen(session));
});

test('a space that is not of ASCII is a character: U+3000 takes two columns, U+00A0 is kept', async () => {
  const { session, window, paint } = pair();
  await session.write('\u3000\r\na\u3000\r\n\u00a0\r\n\x1b[4;39H\u3000');
  await paint();
  expect(seen(window)).toEqual(seen(session));
});

test('whatever a program writes, the window shows the same, frame after frame', async () => {
  const piece = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.constantFrom('\r\n', '\n', '\b', '\t', '\x1b[2J', '\x1b[K', '\x1b[1K', '\x1b[L', '\x1b[M', '\x1b[2P', '\x1b[3@'),
    fc.constantFrom(
      '\x1b[?1049h',
      '\x1b[?1049l',
      '\x1b[?25l',
      '\x1b[?25h',
      '\x1bc',
      '\x1b7',
      '\x1b8',
      '\x1bM',
      '\x1b[S',
    ),
    fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 44 })).map(([y, x]) => `\x1b[${y};${x}H`),
    fc.array(fc.integer({ min: 0, max: 108 }), { maxLength: 3 }).map((sgr) => `\x1b[${sgr.join(';')}m`),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(piece, { maxLength: 12 }), { maxLength: 6 }), async (frames) => {
      const { session, window, paint } = pair();
      for (const frame of frames) {
        await session.write(frame.join(''));
        await paint();
        expect(seen(window)).toEqual(seen(session));
      }
    }),
    { numRuns: 150 },
  );
});

test('nothing but positions, attributes and text is written to the window', async () => {
  const { session, painter } = pair();
  const asked: string[] = [];
  for (const sequence of [
    '\x1b[6n',
    '\x1b[c',
    '\x1b]52;c;aGk=\x07',
    '\x1b]0;title\x07',
    '\x1bP$qm\x1b\\',
    '\x1b[5i',
    '\x07',
  ]) {
    await session.write(`${sequence}a`);
    asked.push(painter.paint({ screen: session, window: { columns: 40, rows: 10 }, status: undefined }));
  }
  const rest = asked.join('').replace(/\x1b\[[0-9;]*[HmKJ]|\x1b\[\?25[hl]/g, '');
  expect(rest.replaceAll('a', '').trim()).toBe('');
});

test('only rows that changed are drawn', async () => {
  const { session, paint } = pair();
  await session.write('one\r\ntwo\r\nthree');
  await paint();
  await session.write('\x1b[2;1Hnew');
  const out = await paint();
  expect(out).toContain('new');
  expect(out).not.toMatch(/one|three/);
  expect(await paint()).toBe('\x1b[2;4H\x1b[?25h');
});

test('a window that is smaller shows the part with the cursor, and no half characters', async () => {
  const session = screenOf(100, 50);
  const window = screenOf(20, 5);
  const painter = new ScreenPainter();
  const paint = async () => {
    await window.write(
      `\x1b[?7l${painter.paint({ screen: session, window: { columns: 20, rows: 5 }, status: undefined })}`,
    );
    return window.text();
  };
  await session.write('\x1b[1;1Htop left\x1b[1;1H');
  expect(await paint()).toEqual(['top left', '', '', '', '']);
  await session.write('\x1b[50;82H漢bottom right\x1b[50;100H');
  expect(await paint()).toEqual(['', '', '', '', ' 漢bottom right']);
  expect(window.cursor).toEqual({ x: 19, y: 4, shown: true });
  await session.write('\x1b[50;20H漢\x1b[50;1H');
  expect((await paint())[4]).toBe('');
});

test('the status has the last row, and gives it back', async () => {
  const { session, window, paint } = pair(20, 3);
  await session.write('1\r\n2\r\nlast row');
  await paint('state of things that is longer than the window');
  expect(window.text()).toEqual(['1', '2', 'state of things that']);
  await paint();
  expect(seen(window)).toEqual(seen(session));
});

test('sizes that nobody has are bounded', async () => {
  const screen = screenOf(1, 1);
  expect([screen.columns, screen.rows]).toEqual([2, 1]);
  screen.resize({ columns: 10_000, rows: 10_000 });
  expect([screen.columns, screen.rows, screen.clamped]).toEqual([1000, 500, true]);
  screen.resize({ columns: 80, rows: 24 });
  expect(screen.clamped).toBe(false);
  await screen.write('still here');
  expect(screen.text()[0]).toBe('still here');
});
