import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { PayloadType } from '../core/protocol/payload-type.js';
import { FakeSignals } from './fake-signals.fixture.js';
import { FarSide } from './far-side.fixture.js';
import type { SessionTerminal, TerminalSize } from './local-terminal.js';
import { SessionConnection } from './session-connection.js';
import { terminalShape } from './terminal-shape.js';

class FakeTerminal implements SessionTerminal {
  size: TerminalSize | undefined = { columns: 100, rows: 30 };
  raw = false;
  readonly log: string[] = [];
  changed: () => void = () => {};

  onResize(changed: () => void): () => void {
    this.changed = changed;
    return () => (this.changed = () => {});
  }
  enterRawMode(): Promise<void> {
    this.raw = true;
    this.log.push('raw');
    return Promise.resolve();
  }
  restore(): void {
    if (this.raw) this.log.push('restored');
    this.raw = false;
  }
  resize(columns: number, rows: number): void {
    this.size = { columns, rows };
    this.changed();
  }
}

class User {
  readonly terminal = new FakeTerminal();
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly signals = new FakeSignals();
  readonly notices: string[] = [];
  readonly status: Promise<number>;

  constructor(
    readonly_far: FarSide,
    options: { escapeCharacter?: string | undefined; keyboard?: boolean } = { escapeCharacter: '~' },
  ) {
    this.far = readonly_far;
    this.status = terminalShape({
      open: (streams, events) => new SessionConnection(this.far.connectionOptions(streams), events),
      terminal: options.keyboard === false ? undefined : this.terminal,
      stdin: this.stdin,
      stdout: this.stdout,
      stderr: this.stderr,
      term: 'xterm-256color',
      escapeCharacter: 'escapeCharacter' in options ? options.escapeCharacter : '~',
      signals: this.signals,
      notice: (line) => this.notices.push(line),
    });
  }

  readonly far: FarSide;

  /** Resolves when both ends are ready, and the terminal is raw. */
  async ready(): Promise<this> {
    await this.far.until(() => this.far.streams !== undefined);
    while (!this.terminal.raw) await new Promise((resolve) => setImmediate(resolve));
    return this;
  }

  /** As each way out must leave it. */
  expectRestored(): void {
    expect(this.terminal.raw).toBe(false);
    expect(this.signals.handlers).toBe(0);
    expect(this.stdin.isPaused()).toBe(true);
  }
}

const ended = (far: FarSide): void => far.stop();

describe('a terminal session', () => {
  it('tells size and TERM before the first output, and passes bytes both ways', async () => {
    const user = await new User(new FarSide()).ready();
    const size = { columns: 100, rows: 30 };
    expect(user.far.streams).toEqual({ mode: 'terminal', ...size, term: 'xterm-256color', noDigests: true });
    user.stdin.write('ls\r');
    await user.far.until(() => user.far.text() === 'ls\r');
    user.far.write('a  b\r\n# ');
    await user.far.exit(3);
    expect(await user.status).toBe(3);
    expect(user.stdout.read()?.toString()).toBe('a  b\r\n# ');
    expect(user.far.text(PayloadType.Size)).toBe('');
    user.expectRestored();
  });

  it('sends a new size at once', async () => {
    const user = await new User(new FarSide()).ready();
    user.terminal.resize(41, 7);
    await user.far.until(() => user.far.text(PayloadType.Size) === '{"cols":41,"rows":7}');
    await user.far.exit(0);
    expect(await user.status).toBe(0);
  });

  it('passes Ctrl-C, Ctrl-Z, Ctrl-\\, Ctrl-S and Ctrl-D to the far side', async () => {
    const user = await new User(new FarSide()).ready();
    user.stdin.write('\x03\x1a\x1c\x13\x04');
    await user.far.until(() => user.far.text() === '\x03\x1a\x1c\x13\x04');
    await user.far.exit(0);
    await user.status;
  });

  it('speaks to the official agent as the official client does: size after it is ready, plain end is success', async () => {
    const far = new FarSide('official');
    const user = new User(far);
    await far.until(() => far.text(PayloadType.Size) !== '');
    expect(far.text(PayloadType.Size)).toBe('{"cols":100,"rows":30}');
    user.stdin.write('x'.repeat(3000));
    await far.until(() => far.text().length === 3000);
    const sizes = far.received
      .filter(({ payloadType }) => payloadType === PayloadType.Output)
      .map((m) => m.payload.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1024);
    await far.exit(undefined);
    expect(await user.status).toBe(0);
    user.expectRestored();
  });

  it('leaves on a signal before the far side has answered, without touching the terminal', async () => {
    const far = new FarSide('none');
    const user = new User(far);
    await far.until(() => far.connected);
    user.signals.raise('SIGTERM');
    expect(await user.status).toBe(143);
    expect(user.terminal.log).toEqual([]);
    ended(far);
  });

  it('shows what a failed start says, without the marker in front', async () => {
    const far = new FarSide('official');
    const user = new User(far);
    await far.until(() => far.text(PayloadType.Size) !== '');
    far.close('\n----------ERROR-------\nUnable to start command: no such file');
    expect(await user.status).toBe(255);
    expect(user.notices).toEqual(['Unable to start command: no such file']);
    user.expectRestored();
  });

  it('leaves on ~. after a new line, and ends the session', async () => {
    const user = await new User(new FarSide()).ready();
    user.stdin.write('ls\r~.');
    expect(await user.status).toBe(255);
    expect(user.notices).toEqual(['left the session']);
    expect(user.far.terminated).toBe(1);
    user.expectRestored();
    ended(user.far);
  });

  it('leaves on ~. also while the connection is lost', async () => {
    const user = await new User(new FarSide()).ready();
    user.far.resumeResult = () => Promise.reject(new Error('unreachable'));
    user.far.cut();
    user.stdin.write('~.');
    expect(await user.status).toBe(255);
    expect(user.notices).toEqual(['connection lost, reconnecting (~. to leave)', 'left the session']);
    user.expectRestored();
    ended(user.far);
  });

  it('knows no escapes when they are switched off', async () => {
    const user = await new User(new FarSide(), { escapeCharacter: undefined }).ready();
    user.stdin.write('~.');
    await user.far.until(() => user.far.text() === '~.');
    await user.far.exit(0);
    expect(await user.status).toBe(0);
  });

  it('suspends with the terminal restored, and comes back raw with the size of now', async () => {
    const user = await new User(new FarSide()).ready();
    user.stdin.write('~\x1a');
    while (user.signals.stopped === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(user.terminal.raw).toBe(false);
    user.terminal.size = { columns: 5, rows: 6 };
    user.signals.raise('SIGCONT');
    expect(user.terminal.raw).toBe(true);
    await user.far.until(() => user.far.text(PayloadType.Size) === '{"cols":5,"rows":6}');
    await user.far.exit(0);
    await user.status;
    user.expectRestored();
  });

  it.each([
    ['SIGINT', 130],
    ['SIGQUIT', 131],
    ['SIGHUP', 129],
    ['SIGTERM', 143],
  ] as const)('gives the terminal back on %s', async (signal, status) => {
    const user = await new User(new FarSide()).ready();
    user.signals.raise(signal);
    expect(await user.status).toBe(status);
    expect(user.far.terminated).toBe(1);
    user.expectRestored();
    ended(user.far);
  });

  it('gives the terminal back when the network is lost for good', async () => {
    const user = await new User(new FarSide()).ready();
    user.far.resumeResult = () => Promise.resolve(undefined);
    user.far.cut();
    expect(await user.status).toBe(255);
    expect(user.notices.at(-1)).toContain('has ended or timed out');
    user.expectRestored();
    ended(user.far);
  });

  it('ends when the terminal hangs up', async () => {
    const user = await new User(new FarSide()).ready();
    user.stdin.destroy(Object.assign(new Error('read EIO'), { code: 'EIO' }));
    expect(await user.status).toBe(255);
    user.expectRestored();
    ended(user.far);
  });

  it.each([
    ['exit\n', 'exit\n\x04'],
    ['exit', 'exit\x04\x04'],
    ['', '\x04'],
  ])('types a pipe %j and ends it with Ctrl-D', async (input, expected) => {
    const user = new User(new FarSide(), { keyboard: false });
    user.stdin.end(input);
    await user.far.until(() => user.far.text() === expected);
    await user.far.exit(0);
    expect(await user.status).toBe(0);
    expect(user.terminal.log).toEqual([]);
  });
});
