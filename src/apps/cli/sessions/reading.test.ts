import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program, type RunningTask, stackUnavailable } from '../../../../test/stack.fixture.js';
import type { RecordingSummary } from '../../../core/recording/recordings-api.js';
import { RECORDED, RecordedStack } from './recorded-stack.fixture.js';
import { ScreenTerminal, type Seen } from './screen-terminal.fixture.js';
import { castProblems } from './strict-cast.fixture.js';

/** What a session begins with that its user has no name for. */
const idOf = (text: string): string => /ecs-execute-command-\w+/.exec(text)?.[0] ?? '';

describe.skipIf(stackUnavailable())('a session on record', { timeout: 120_000 }, () => {
  const stack = new RecordedStack();
  let task: RunningTask;

  beforeAll(async () => {
    await stack.up();
    task = await stack.recordedTask();
  });
  afterAll(() => stack.down());

  const terminal = (args: readonly string[], columns = 80, rows = 24): ScreenTerminal =>
    // What a program says last is lost with its pty: it goes on for a moment.
    new ScreenTerminal(
      '/bin/sh',
      ['-c', '"$@"; s=$?; sleep 0.5; exit $s', 'sh', process.execPath, program, ...args],
      stack.env(),
      columns,
      rows,
    );
  const shell = (): ScreenTerminal =>
    terminal(['exec', '--cluster', RECORDED, task.id, '--command', 'env PS1=ready>. sh']);
  const live = async (): Promise<string> => idOf((await stack.gangway(['sessions'])).stdout);
  const startOf = async (id: string): Promise<number> => {
    const { stdout } = await stack.gangway(['sessions', 'export', id, '--format', 'json']);
    return (JSON.parse(stdout.split('\n')[0] ?? '') as { header: { startedAt: number } }).header.startedAt;
  };

  it('vi: what is watched, replayed and exported is what the user saw, screen for screen', async () => {
    const user = shell();
    await user.untilShown(/ready>/);
    const id = await live();
    const watcher = terminal(['sessions', 'watch', id], 80, 25);
    const startedAt = await startOf(id);
    const seen: { readonly at: number; readonly screen: Seen }[] = [];
    const steps = [
      'vi -u NONE /tmp/note\r',
      'ifirst line\rsecond: 漢字 é 🙂 end\r\x1b',
      ':set number hlsearch\r',
      '/line\r',
      ':split\r\x17\x17dd',
      ':qa!\r',
      "printf '\\033[1;31mred\\033[0m \\033[44mon blue\\033[K\\033[0m\\r\\n'\r",
    ];
    for (const step of steps) {
      await user.quiet();
      await user.typed(step);
      const screen = await user.seen();
      seen.push({ at: Date.now() - startedAt, screen });
      // The status has a row of its own there.
      await expect.poll(() => watcher.seen(24), { timeout: 5_000 }).toEqual(screen);
      expect(await watcher.shown()).toMatch(/\n watching {2}0:\d\d {2}s status {2}q leave/);
    }
    // Nothing that is typed there gets here.
    watcher.pty.write('xyz\rexit\r');
    await user.quiet();
    expect(await user.seen()).toEqual(seen.at(-1)?.screen);
    user.pty.write('exit 5\r');
    expect(await user.exited).toBe(5);
    expect(await watcher.exited).toBe(0);
    await watcher.until(new RegExp(`\\[\\?1049lgangway: ${id} has ended with exit status 5\r\n$`));
    await stack.ended(1);

    const cast = join(stack.data, 'vi.cast');
    expect(await stack.gangway(['sessions', 'export', id, '--output', cast])).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
    expect(castProblems(readFileSync(cast, 'utf8'))).toEqual([]);
    for (const { at, screen } of seen) {
      // So slow that nothing moves on.
      for (const what of [id, cast]) {
        const replay = terminal(['sessions', 'replay', what, '--from', `${at / 1000}s`, '--speed', '0.0001'], 80, 25);
        await expect.poll(() => replay.seen(24), { timeout: 5_000 }).toEqual(screen);
        replay.pty.write('q');
        expect(await replay.exited).toBe(0);
      }
    }
    // A window of the same size shows all of it once the status has gone.
    const last = seen.at(-2)!;
    const replay = terminal(['sessions', 'replay', id, '--from', `${last.at / 1000}s`, '--speed', '0.0001']);
    await replay.untilShown(/playing {2}0:/);
    await expect.poll(() => replay.seen(), { timeout: 6_000 }).toEqual(last.screen);
    replay.pty.write(' ');
    await replay.untilShown(/paused/);
    replay.pty.write('\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D');
    await replay.untilShown(/^\s*paused {2}0:00/);
    replay.pty.write('q');
    expect(await replay.exited).toBe(0);
  });

  it('watch and replay give the terminal back on every way out', async () => {
    const user = shell();
    await user.untilShown(/ready>/);
    const id = await live();
    const script = `before=$(stty -g); sh -c 'echo "pid=$$"; exec "$@"' sh "$@"; echo "status=$?"
      [ "$before" = "$(stty -g)" ] && echo sane || echo changed`;
    const ways = [
      ['q', 0],
      ['\x03', 0],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
      ['SIGINT', 130],
      ['SIGQUIT', 131],
    ] as const;
    for (const action of ['watch', 'replay']) {
      for (const [way, status] of ways) {
        const argv = [process.execPath, program, 'sessions', action, id];
        const window = new ScreenTerminal('/bin/sh', ['-c', script, 'sh', ...argv], stack.env());
        const pid = Number((await window.until(/pid=\d+/)).slice(4));
        await window.untilShown(/ready>/);
        if (way.startsWith('SIG')) process.kill(pid, way);
        else window.pty.write(way);
        await window.until(new RegExp(`\\[\\?1049lstatus=${status}\r\nsane`));
        expect(window.raw, `${action} ${way}`).toMatch(/\x1b\[\?7h\x1b\[\?25h\x1b\[\?1049lstatus/);
      }
    }
    user.pty.write('exit\r');
    await user.exited;
  });

  it('a window that changes its size, and one that is too small', async () => {
    const user = shell();
    await user.untilShown(/ready>/);
    const watcher = terminal(['sessions', 'watch', await live()], 30, 6);
    await watcher.untilShown(/80x24 clipped/);
    user.pty.write("printf '\\033[20;1Hfar down'; printf '\\033[20;70Hfar right'; read x\r");
    await watcher.untilShown(/far right/);
    watcher.pty.resize(100, 30);
    watcher.screen.resize({ columns: 100, rows: 30 });
    await watcher.untilShown(/far down +far right/);
    user.pty.write('\r');
    expect(await watcher.shown()).not.toContain('clipped');
    user.pty.resize(50, 10);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    user.pty.write('stty size\r');
    await watcher.untilShown(/10 50\n/);
    user.pty.write('exit\r');
    expect(await watcher.exited).toBe(0);
  });

  it('without a terminal the bytes themselves are written, live and later', async () => {
    const command = "printf 'one\\n\\033[1mtwo\\n'; sleep 2; echo three; echo err >&2";
    await expect.poll(live, { timeout: 10_000 }).toBe('');
    const running = stack.exec(task, '--', 'sh', '-c', command);
    await expect.poll(live).not.toBe('');
    const id = await live();
    const watched = await stack.gangway(['sessions', 'watch', id]);
    expect(watched).toMatchObject({ status: 0, stdout: 'one\n\x1b[1mtwo\nthree\nerr\n' });
    expect(watched.stderr).toBe(`gangway: ${id} has ended with exit status 0\n`);
    expect(await running).toMatchObject({ status: 0 });
    const begun = Date.now();
    const replayed = await stack.gangway(['sessions', 'replay', id, '--speed', '2']);
    expect(replayed).toMatchObject({ status: 0, stdout: watched.stdout, stderr: '' });
    expect(Date.now() - begun).toBeGreaterThan(1_000);
    expect(await stack.gangway(['sessions', 'watch', id])).toMatchObject({ status: 1, stdout: '' });
  });

  it('list, grep and export say what was there, and nothing in it can act on whoever reads it', async () => {
    const evil = '\x1b]0;owned\x07\x9b31m\u202e';
    await stack.exec(
      task,
      '--',
      'sh',
      '-c',
      `: '${evil}'; printf 'a needle in %s\\n' "$1"; exit 4`,
      'sh',
      `hay${evil}`,
    );
    const [id = ''] = await stack.ended(1);
    const steering = /[^\P{C}\n]/u;

    const listed = await stack.gangway(['sessions', '--state', 'all', '--since', '1h', '--user', 'gangway-admin']);
    expect(listed.stdout.split('\n')[0]).toMatch(
      /^SESSION +STATUS +STARTED +ENDED +OWNER +CLUSTER +TASK +CONTAINER +USER +CPU +MEM +EXIT +RECORD$/,
    );
    expect(listed.stdout).toMatch(
      new RegExp(
        `\n${id} +Terminated .* user/gangway-admin +recorded +${task.id} +app +root +[\\d.]+s +[\\d.]+M +4 +kept\n`,
      ),
    );
    const json = await stack.gangway(['sessions', '--state', 'history', '--json', '--container', 'app']);
    expect(json.stdout).not.toMatch(steering);
    const row = (JSON.parse(json.stdout) as { SessionId: string; Recording: RecordingSummary }[]).find(
      ({ SessionId }) => SessionId === id,
    );
    expect(row?.Recording.header.command).toContain(evil);
    const shown = await stack.gangway(['sessions', 'show', id]);
    expect(shown).toMatchObject({ status: 0, stderr: '' });
    expect(shown.stdout).not.toMatch(steering);
    for (const line of [
      `session +${id}`,
      'status +Terminated',
      'ended +20.*Z \\([\\d.]+ s later\\)',
      `owner +.*user/gangway-admin`,
      `task +${task.id}`,
      'container +app',
      'command +sh -c .*needle.*',
      'user +root',
      'cpu +[\\d.]+s',
      'memory +[\\d.]+M, at most [\\d.]+M',
      'exit code +4',
      'record +kept',
    ]) {
      expect(shown.stdout).toMatch(new RegExp(`^${line}$`, 'm'));
    }
    const shownJson = await stack.gangway(['sessions', 'show', id, '--json']);
    expect(JSON.parse(shownJson.stdout)).toEqual(row);
    expect(await stack.gangway(['sessions', 'show', 'nobody-0123456789abcdef0'])).toEqual({
      ...{ status: 1, stdout: '' },
      stderr:
        'gangway: there is no session nobody-0123456789abcdef0, nor a record of one (see gangway sessions --state all)\n',
    });
    for (const none of [
      ['--user', 'nobody'],
      ['--container', 'db'],
      ['--cluster', 'default'],
      ['--until', '1h'],
    ]) {
      const ran = await stack.gangway(['sessions', '--state', 'all', ...none]);
      expect(ran, none.join(' ')).toMatchObject({ status: 0, stdout: '' });
    }

    await expect.poll(async () => (await stack.gangway(['sessions', 'grep', 'NEEDLE'])).status).toBe(0);
    const found = await stack.gangway(['sessions', 'grep', 'NEEDLE', '--user', 'gangway-admin', '--since', '1h']);
    expect(found.stdout).toMatch(new RegExp(`^${id} {2}0:00 {2}1 {2}a needle in hay`));
    expect(found.stdout).not.toMatch(steering);
    const asJson = await stack.gangway(['sessions', 'grep', '--json', 'needle']);
    expect(asJson.stdout).not.toMatch(steering);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ sessionId: id, line: 1, time: expect.any(Number) });
    expect(await stack.gangway(['sessions', 'grep', '--case-sensitive', 'NEEDLE'])).toMatchObject({
      status: 1,
      stdout: '',
    });
    expect(await stack.gangway(['sessions', 'grep', 'no such text'])).toEqual({ status: 1, stdout: '', stderr: '' });
    expect(await stack.gangway(['sessions', 'grep', 'needle', '--until', '1h'])).toMatchObject({ status: 1 });

    const file = join(stack.data, 'out.json');
    writeFileSync(file, 'old', { mode: 0o644 });
    await stack.gangway(['sessions', 'export', id, '--format', 'json', '--output', file]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const events = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ kind }) => kind)).toEqual(['header', 'output', 'end']);
    expect(Buffer.from(events[1].data, 'base64').toString()).toBe(`a needle in hay${evil}\n`);
    const text = await stack.gangway(['sessions', 'export', id, '--format', 'txt']);
    expect(text.stdout).toMatch(
      /^Script started on .*\na needle in hay.*\n\nScript done on .*COMMAND_EXIT_CODE="4"\]\n$/,
    );
    const cast = await stack.gangway(['sessions', 'export', id]);
    expect(castProblems(cast.stdout)).toEqual([]);
    expect(cast.stdout).not.toMatch(steering);
    const none = await stack.gangway(['sessions', 'export', 'ecs-execute-command-none']);
    expect(none).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(/^gangway: .+\n$/) });
  });
});
