import { once } from 'node:events';
import { constants } from 'node:os';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { decodeFlag, GangwayFlag, signalFlag } from '../core/protocol/flag.js';
import { PayloadType } from '../core/protocol/payload-type.js';
import { FakeSignals } from './fake-signals.fixture.js';
import { FarSide } from './far-side.fixture.js';
import { pipeShape, TERMINATE_GRACE_MS } from './pipe-shape.js';
import { SessionConnection } from './session-connection.js';

class Caller {
  readonly far: FarSide;
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly signals = new FakeSignals();
  readonly notices: string[] = [];
  readonly status: Promise<number>;

  constructor(far = new FarSide(), stdout?: Writable) {
    this.far = far;
    this.status = pipeShape({
      open: (streams, events) => new SessionConnection(far.connectionOptions(streams), events),
      stdin: this.stdin,
      stdout: stdout ?? this.stdout,
      stderr: this.stderr,
      signals: this.signals,
      notice: (line) => this.notices.push(line),
    });
  }

  async ready(): Promise<this> {
    await this.far.until(() => this.far.streams !== undefined);
    return this;
  }

  flags(): number[] {
    return this.far.received.filter((m) => m.payloadType === PayloadType.Flag).map((m) => decodeFlag(m.payload));
  }

  static text(stream: PassThrough): string {
    return ((stream.read() as Buffer | null) ?? '').toString('latin1');
  }
}

describe('a command with pipes', () => {
  it('carries stdin with its end, stdout and stderr apart, and the exit status', async () => {
    const caller = await new Caller().ready();
    caller.stdin.end('a\nb\n');
    await caller.far.until(() => caller.flags().length > 0);
    expect(caller.far.text()).toBe('a\nb\n');
    expect(caller.flags()).toEqual([GangwayFlag.StdinEof]);
    caller.far.write('out');
    caller.far.write('err', PayloadType.StdErr);
    await caller.far.exit(7);
    expect(await caller.status).toBe(7);
    expect(Caller.text(caller.stdout)).toBe('out');
    expect(Caller.text(caller.stderr)).toBe('err');
    expect(caller.notices).toEqual([]);
    expect(caller.signals.handlers).toBe(0);
  });

  it.each([0, 1, 126, 127, 130, 255])('ends with the command’s own status %d', async (code) => {
    const caller = await new Caller().ready();
    await caller.far.exit(code);
    expect(await caller.status).toBe(code);
  });

  it('says 255 and why when the session ends before the command', async () => {
    const caller = await new Caller().ready();
    caller.far.close('Your session timed out due to inactivity and has been terminated.');
    expect(await caller.status).toBe(255);
    expect(caller.notices).toEqual(['Your session timed out due to inactivity and has been terminated.']);
  });

  it('says 255 when the end has neither a status nor a reason', async () => {
    const caller = await new Caller().ready();
    caller.far.close();
    expect(await caller.status).toBe(255);
    expect(caller.notices).toHaveLength(1);
  });

  it('refuses an agent without separate streams, and ends the session', async () => {
    const far = new FarSide('official');
    const caller = new Caller(far);
    expect(await caller.status).toBe(255);
    expect(caller.notices[0]).toContain('use -t');
    expect(far.terminated).toBe(1);
    far.stop();
  });

  it('holds the far side back while nobody reads stdout, and loses nothing', async () => {
    let waiting: (() => void) | undefined;
    const chunks: Buffer[] = [];
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk);
        waiting = done;
      },
    });
    const caller = await new Caller(new FarSide(), slow).ready();
    caller.far.channel.write(PayloadType.Output, Buffer.alloc(1024, 'a'));
    await caller.far.until(() => caller.far.channel.drained);
    let sent = 1024;
    while (caller.far.channel.writable) {
      caller.far.channel.write(PayloadType.Output, Buffer.alloc(64 * 1024, 'b'));
      sent += 64 * 1024;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(caller.far.channel.writable).toBe(false);
    const reader = setInterval(() => {
      const next = waiting;
      waiting = undefined;
      next?.();
    }, 0);
    await caller.far.exit(0);
    expect([await caller.status, caller.notices]).toEqual([0, []]);
    clearInterval(reader);
    expect(Buffer.concat(chunks)).toHaveLength(sent);
  });

  it('reads stdin no faster than the far side takes it', async () => {
    const caller = await new Caller().ready();
    caller.far.channel.pauseDelivery();
    let accepted = 0;
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    while (accepted < 64 && caller.stdin.write(chunk)) accepted++;
    for (; accepted < 64; accepted++) {
      const drained = await Promise.race([
        once(caller.stdin, 'drain').then(() => true),
        new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 200)),
      ]);
      if (!drained) break;
      caller.stdin.write(chunk);
    }
    expect(accepted).toBeLessThan(16);
    caller.far.channel.resumeDelivery();
    caller.stdin.end();
    await caller.far.until(() => caller.flags().length > 0);
    expect(caller.far.text()).toHaveLength((accepted + 1) * chunk.length);
    await caller.far.exit(0);
    expect(await caller.status).toBe(0);
  });

  it('forwards signals and keeps waiting for the command’s own status', async () => {
    const caller = await new Caller().ready();
    await caller.far.until(() => caller.far.channel.drained);
    await new Promise((resolve) => setImmediate(resolve));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) caller.signals.raise(signal);
    await caller.far.until(() => caller.flags().length === 4);
    expect(caller.flags()).toEqual(
      (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const).map((signal) => signalFlag(constants.signals[signal])),
    );
    await caller.far.exit(130);
    expect(await caller.status).toBe(130);
  });

  it('leaves on the third signal of a kind that the far side ignores', async () => {
    const caller = await new Caller().ready();
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    for (let count = 0; count < 3; count++) caller.signals.raise('SIGINT');
    expect(await caller.status).toBe(130);
    expect(caller.far.terminated).toBe(1);
    caller.far.stop();
  });

  it('does not wait for ever after SIGTERM', async () => {
    const caller = await new Caller().ready();
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    caller.signals.raise('SIGTERM');
    await vi.advanceTimersByTimeAsync(TERMINATE_GRACE_MS);
    vi.useRealTimers();
    expect(await caller.status).toBe(143);
    expect(caller.far.terminated).toBe(1);
    caller.far.stop();
  });

  it('leaves at once on a signal while there is no connection', async () => {
    const caller = await new Caller().ready();
    caller.far.resumeResult = () => Promise.reject(new Error('unreachable'));
    caller.far.cut();
    caller.signals.raise('SIGTERM');
    expect(await caller.status).toBe(143);
    caller.far.stop();
  });

  it('ends as a command in a pipeline does when nobody reads its output', async () => {
    const broken = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      },
    });
    const caller = await new Caller(new FarSide(), broken).ready();
    caller.far.write('y\n');
    await caller.far.until(() => caller.flags().length > 0);
    expect(caller.flags()).toEqual([signalFlag(constants.signals.SIGPIPE)]);
    await caller.far.exit(141);
    expect(await caller.status).toBe(141);
  });

  it('says when its output cannot be written for another reason', async () => {
    const full = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
      },
    });
    const caller = await new Caller(new FarSide(), full).ready();
    caller.far.write('y\n');
    expect(await caller.status).toBe(255);
    expect(caller.notices).toEqual(['cannot write to standard output: ENOSPC: no space left on device, write']);
    caller.far.stop();
  });

  it('tells about a lost connection and goes on', async () => {
    const caller = await new Caller().ready();
    caller.far.cut();
    await caller.far.until(() => caller.far.connected);
    caller.far.write('still here');
    await caller.far.exit(0);
    expect(await caller.status).toBe(0);
    expect(Caller.text(caller.stdout)).toBe('still here');
    expect(caller.notices).toEqual(['connection lost, reconnecting', 'reconnected']);
  });
});
