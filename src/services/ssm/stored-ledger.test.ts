import { expect, test } from 'vitest';
import { SessionStatus } from './session-record.js';
import type { SessionEnvironment } from './session-environment.js';
import type { SessionStore } from './session-store.js';
import type { SessionTokens } from './session-tokens.js';
import { StoredLedger } from './stored-ledger.js';

function setUp() {
  const disk = { full: false };
  const stored: string[] = [];
  const warnings: string[] = [];
  const write = (what: string): Promise<void> => {
    if (disk.full) return Promise.reject(new Error('database or disk is full'));
    stored.push(what);
    return Promise.resolve();
  };
  const store = {
    transition: (id: string, status: SessionStatus) => write(`${id} ${status}`),
    markAgentSeen: (id: string) => write(`${id} seen`),
  };
  const log = { warn: (_fields: object, text: string) => warnings.push(text), info: () => undefined };
  const ledger = new StoredLedger(
    store as unknown as SessionStore,
    {} as unknown as SessionTokens,
    { now: () => 0 } as SessionEnvironment,
    log,
  );
  return { disk, stored, warnings, ledger };
}

test('what could not be stored is stored when it can be: the newest status of each session', async () => {
  const { disk, stored, warnings, ledger } = setUp();
  disk.full = true;
  ledger.recordAgentSeen('a');
  ledger.recordStatus('a', SessionStatus.Connected, '');
  ledger.recordStatus('a', SessionStatus.Terminated, '');
  ledger.recordStatus('b', SessionStatus.Failed, '');
  ledger.retry();
  await ledger.flush();
  expect(stored).toEqual([]);
  expect(warnings).toHaveLength(4);

  disk.full = false;
  ledger.retry();
  ledger.retry();
  await ledger.flush();
  expect(stored).toEqual(['a seen', 'a Terminated', 'b Failed']);
  expect(warnings).toHaveLength(4);
});

test('an old status does not come after a newer one', async () => {
  const { disk, stored, ledger } = setUp();
  disk.full = true;
  ledger.recordStatus('a', SessionStatus.Disconnected, '');
  await ledger.flush();
  disk.full = false;
  ledger.recordStatus('a', SessionStatus.Connected, '');
  ledger.retry();
  await ledger.flush();
  expect(stored).toEqual(['a Connected']);
});
