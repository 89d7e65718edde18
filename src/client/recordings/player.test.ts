import { afterEach, expect, test, vi } from 'vitest';
import { EventKind, type RecordingEvent } from '../../core/recording/recording-format.js';
import { output, resize } from '../../core/recording/recording.fixture.js';
import { EventScreen } from './event-screen.js';
import { Player, type PlayerOptions } from './player.js';

const SECOND = 1_000_000;

/** A clock that moves only when told, and then in the order of what waits for it. */
class TestClock {
  #now = 0;
  readonly #waiting = new Set<{ readonly at: number; readonly work: () => void }>();

  readonly now = (): number => this.#now;

  readonly after = (milliseconds: number, work: () => void) => {
    const entry = { at: this.#now + milliseconds, work };
    this.#waiting.add(entry);
    return () => void this.#waiting.delete(entry);
  };

  async pass(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    for (;;) {
      await settled();
      const [next] = [...this.#waiting].filter(({ at }) => at <= until).sort((one, other) => one.at - other.at);
      if (next === undefined) break;
      this.#now = next.at;
      this.#waiting.delete(next);
      next.work();
    }
    this.#now = until;
  }
}

/** The emulation works in turns of the event loop. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
}

const screens: EventScreen[] = [];
afterEach(() => screens.splice(0).forEach(({ screen }) => screen.dispose()));

function play(events: readonly RecordingEvent[], options: Partial<PlayerOptions> & { from?: number } = {}) {
  const clock = new TestClock();
  const screen = new EventScreen({ columns: 20, rows: 4 });
  screens.push(screen);
  const reads = vi.fn();
  const player = new Player({
    source: {
      title: '',
      terminal: { columns: 20, rows: 4 },
      duration: undefined,
      async *events() {
        reads();
        await Promise.resolve();
        for (let index = 0; index < events.length; index += 2) yield events.slice(index, index + 2);
      },
    },
    screen,
    speed: 1,
    idleLimit: undefined,
    clock,
    stay: true,
    changed: () => undefined,
    seeking: () => undefined,
    ...options,
  });
  const done = player.run(options.from ?? 0);
  return { clock, player, done, reads, screen, text: () => screen.screen.text().join('').trim() };
}

const letters = ['a', 'b', 'c', 'd', 'e'].map((letter, index) => output(index * 10 * SECOND, letter));

test('everything comes in its time', async () => {
  const { clock, player, text, done } = play(letters);
  await clock.pass(9_999);
  expect(text()).toBe('a');
  await clock.pass(1);
  expect(text()).toBe('ab');
  expect(player.position).toBe(10 * SECOND);
  await clock.pass(30_000);
  expect([text(), player.state]).toEqual(['abcde', 'ended']);
  player.press('quit');
  await done;
});

test('speed, from the beginning and while it plays', async () => {
  const { clock, player, text } = play(letters, { speed: 4 });
  await clock.pass(2_500);
  expect(text()).toBe('ab');
  player.press('slower');
  player.press('slower');
  player.press('slower');
  expect(player.speed).toBe(0.5);
  await clock.pass(19_999);
  expect(text()).toBe('ab');
  await clock.pass(2);
  expect(text()).toBe('abc');
  for (let press = 0; press < 20; press++) player.press('faster');
  expect(player.speed).toBe(64);
  for (let press = 0; press < 20; press++) player.press('slower');
  expect(player.speed).toBe(0.25);
  player.quit();
});

test('what nobody does takes no longer than the idle limit', async () => {
  const { clock, player, text } = play(letters, { idleLimit: 2 * SECOND });
  await clock.pass(2_000);
  expect(text()).toBe('ab');
  expect(player.position).toBe(18 * SECOND);
  await clock.pass(1_999);
  expect(text()).toBe('ab');
  await clock.pass(1);
  expect(text()).toBe('abc');
  player.quit();
});

test('a pause lasts until it is over', async () => {
  const { clock, player, text } = play(letters);
  await clock.pass(5_000);
  player.press('pause');
  await clock.pass(100_000);
  expect([text(), player.state, player.position]).toEqual(['a', 'paused', 5 * SECOND]);
  player.press('pause');
  await clock.pass(4_999);
  expect(text()).toBe('a');
  await clock.pass(1);
  expect(text()).toBe('ab');
  player.quit();
});

test('going forward shows what stands there; going back too, paused as well', async () => {
  const { clock, player, text, reads } = play(letters);
  await clock.pass(1_000);
  player.press('forward');
  player.press('forward');
  await settled();
  expect([text(), player.position]).toEqual(['ab', 11 * SECOND]);
  player.press('pause');
  for (let press = 0; press < 4; press++) player.press('forward');
  await settled();
  expect([text(), player.position, player.state]).toEqual(['abcd', 31 * SECOND, 'paused']);
  expect(reads).toHaveBeenCalledTimes(1);
  player.press('back');
  await settled();
  expect([text(), player.position]).toEqual(['abc', 26 * SECOND]);
  expect(reads).toHaveBeenCalledTimes(2);
  for (let press = 0; press < 9; press++) player.press('back');
  await settled();
  expect([text(), player.position]).toEqual(['a', 0]);
  player.press('pause');
  await clock.pass(10_000);
  expect(text()).toBe('ab');
  player.quit();
});

test('from a place, past the end, and back from there', async () => {
  const { clock, player, text } = play(letters, { from: 25 * SECOND });
  await settled();
  expect([text(), player.position]).toEqual(['abc', 25 * SECOND]);
  for (let press = 0; press < 9; press++) player.press('forward');
  await clock.pass(0);
  expect([text(), player.state, player.position]).toEqual(['abcde', 'ended', 40 * SECOND]);
  player.press('back');
  await clock.pass(0);
  expect([text(), player.state, player.position]).toEqual(['abcd', 'playing', 35 * SECOND]);
  player.quit();
});

test('sizes change with the session, and go back when it does', async () => {
  const events = [output(0, 'a'), resize(10 * SECOND, 40, 10), output(20 * SECOND, 'b')];
  const { clock, player, screen } = play(events);
  await clock.pass(10_000);
  expect([screen.screen.columns, screen.screen.rows]).toEqual([40, 10]);
  player.press('back');
  await settled();
  expect([screen.screen.columns, screen.screen.rows]).toEqual([20, 4]);
  player.quit();
});

test('without anybody to press a key the end is the end', async () => {
  const { clock, done, text } = play(letters, { stay: false });
  await clock.pass(40_000);
  await done;
  expect(text()).toBe('abcde');
});

test('quits while it waits, while it is paused, and while it fetches', async () => {
  const waiting = play(letters);
  await waiting.clock.pass(100);
  waiting.player.press('quit');
  await waiting.done;
  const paused = play(letters);
  await paused.clock.pass(100);
  paused.player.press('pause');
  await settled();
  paused.player.press('quit');
  await paused.done;
  const fetching = play([], {
    source: {
      title: '',
      terminal: null,
      duration: undefined,

      async *events(signal) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        throw signal.reason;
      },
    },
  });
  await settled();
  fetching.player.press('quit');
  await fetching.done;
  expect(fetching.player.failure).toBeUndefined();
});

test('a record that cannot be read on ends there, and says why', async () => {
  const { clock, player, done, text } = play([], {
    stay: false,
    source: {
      title: '',
      terminal: { columns: 20, rows: 4 },
      duration: undefined,
      async *events() {
        yield await Promise.resolve([output(0, 'good')]);
        throw new Error('bent');
      },
    },
  });
  await clock.pass(1);
  await done;
  expect(text()).toBe('good');
  expect(player.failure).toMatchObject({ message: 'bent' });
});

test('a session without a terminal: lines begin at the left, stderr is red, characters are whole', async () => {
  const euro = Buffer.from('€');
  const screen = new EventScreen(null);
  screens.push(screen);
  for (const event of [
    output(0, 'one\ntwo\n'),
    output(0, euro.subarray(0, 2)),
    { kind: EventKind.StdErr, time: 0, payload: Buffer.from('bad') },
    output(0, euro.subarray(2)),
  ]) {
    await screen.push(event);
  }
  await screen.flush();
  expect(screen.screen.text().slice(0, 3)).toEqual(['one', 'two', 'bad€']);
  expect([...screen.screen.row(2)].slice(0, 4).map(({ style }) => style)).toEqual(['31', '31', '31', '']);
});
