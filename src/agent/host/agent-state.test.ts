import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Sealer } from '../../platform/crypto/sealer.js';
import { RecordedLog, TASK_ARN, taskPayload } from '../fixtures/agent-host.fixture.js';
import type { KeptTask } from '../task/kept-task.js';
import { createAgentState, KEPT_VERSION } from './agent-state.js';

const rootKey = new Uint8Array(32).fill(7);
const kept: KeptTask = { payload: taskPayload(), status: 'RUNNING', stopping: false, containers: [] };

function open() {
  const directory = mkdtempSync(join(tmpdir(), 'gangway-state-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const log = new RecordedLog();
  const state = createAgentState(directory, rootKey, log);
  const tasks = join(directory, 'tasks');
  return { state, log, files: () => readdirSync(tasks), path: (name: string) => join(tasks, name) };
}

test('a task is kept whole, sealed, for its owner only, until it is removed', async () => {
  const { state, files, path } = open();
  expect(await state.tasks.read()).toEqual([]);
  await state.tasks.write(kept);
  const [name = ''] = files();
  expect(statSync(path(name)).mode & 0o777).toBe(0o600);
  expect(readFileSync(path(name), 'latin1')).not.toContain(TASK_ARN);
  expect(await state.tasks.read()).toEqual([kept]);
  await state.tasks.remove(TASK_ARN);
  expect(files()).toEqual([]);
});

test.each([
  ['of another version', (purpose: string) => sealed({ version: KEPT_VERSION + 1, task: kept }, purpose), 'version 2'],
  ['sealed for another name', () => sealed({ version: KEPT_VERSION, task: kept }, 'kept-task/other'), ''],
  ['cut off', (purpose: string) => sealed({ version: KEPT_VERSION, task: kept }, purpose).subarray(0, 40), ''],
  ['empty', () => new Uint8Array(), ''],
])('a task that is %s is not gone on with: it is logged, and gone', async (_, bytes, cause) => {
  const { state, log, files, path } = open();
  await state.tasks.write(kept);
  const name = createHash('sha256').update(TASK_ARN).digest('hex');
  expect(files()).toEqual([name]);
  writeFileSync(path(name), bytes(`kept-task/${name}`));
  expect(await state.tasks.read()).toEqual([]);
  expect(log.lines).toEqual([expect.stringContaining('a task that was kept cannot be read')]);
  expect(log.lines[0]).toContain(cause);
  expect(files()).toEqual([]);
});

function sealed(value: unknown, purpose: string): Uint8Array {
  return new Sealer(rootKey).seal(Buffer.from(JSON.stringify(value)), purpose);
}
