import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RECORDED, RecordedStack } from '../src/apps/cli/sessions/recorded-stack.fixture.js';
import { program, type RunningTask, stackUnavailable } from './stack.fixture.js';

/** A hundred take a quarter of an hour: GANGWAY_KILLS=100 npm test -- test/record-kills.test.ts */
const KILLS = Number(process.env['GANGWAY_KILLS'] ?? '3');
const CLIENTS = 3;

interface Row {
  readonly SessionId: string;
  readonly Recording?: { readonly statement?: unknown; readonly recovered?: boolean };
}

describe.skipIf(stackUnavailable())('kill -9 of agent and endpoint while sessions are recorded', () => {
  const stack = new RecordedStack();
  beforeAll(() => stack.up());
  afterAll(() => stack.down());

  /** What a client had received when it ended. */
  function client(task: RunningTask): { began: Promise<unknown>; received: Promise<Buffer> } {
    const command = ['sh', '-c', 'while :; do seq $$ 40000; sleep 0.05; done'];
    const child = spawn(process.execPath, [program, 'exec', '--cluster', RECORDED, task.id, '--', ...command], {
      env: stack.env(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const chunks: Buffer[] = [];
    const began = once(child.stdout, 'data');
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    return { began, received: once(child, 'close').then(() => Buffer.concat(chunks)) };
  }

  async function output(sessionId: string): Promise<Buffer> {
    const { stdout } = await stack.gangway(['sessions', 'export', sessionId, '--format', 'json']);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; data?: string });
    return Buffer.concat(
      events.flatMap(({ kind, data = '' }) => (kind === 'output' ? [Buffer.from(data, 'base64')] : [])),
    );
  }

  it(`${KILLS} times: every byte that a client received is in its record`, { timeout: 60_000 * KILLS }, async () => {
    const first = await stack.recordedTask();
    const known = new Set<string>();
    let bytes = 0;
    let ahead = 0;
    for (let round = 0; round < KILLS; round += 1) {
      const task = round === 0 ? first : await stack.task({ cluster: RECORDED });
      const clients = Array.from({ length: CLIENTS }, () => client(task));
      await Promise.all(clients.map(({ began }) => began));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 1_500));
      await stack.kill('SIGKILL');
      await stack.up();
      const received = await Promise.all(clients.map((each) => each.received));
      const records = await signed(known, CLIENTS);
      for (const bytesOf of received) {
        const record = records.find((each) => each.subarray(0, bytesOf.length).equals(bytesOf));
        expect(record, `${bytesOf.length} bytes of round ${round} are in no record`).toBeDefined();
        bytes += bytesOf.length;
        ahead += (record?.length ?? 0) - bytesOf.length;
      }
    }
    const verified = await stack.gangway(['verify', '--all'], { timeout: 300_000 });
    expect(verified).toMatchObject({ status: 0 });
    process.stdout.write(`${KILLS} kills: ${bytes} bytes received, ${ahead} more on record, ${verified.stdout}`);
  });

  /** Output of the `count` records that were signed since. */
  async function signed(known: Set<string>, count: number): Promise<Buffer[]> {
    const deadline = Date.now() + 40_000;
    for (;;) {
      const { stdout } = await stack.gangway(['sessions', '--state', 'all', '--json']);
      const rows = (JSON.parse(stdout) as Row[]).filter(
        ({ SessionId, Recording }) => Recording?.statement !== undefined && !known.has(SessionId),
      );
      if (rows.length >= count) {
        for (const { SessionId } of rows) known.add(SessionId);
        return Promise.all(rows.map(({ SessionId }) => output(SessionId)));
      }
      if (Date.now() > deadline) throw new Error(`${rows.length} of ${count} records were signed\n${stack.log}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
});
