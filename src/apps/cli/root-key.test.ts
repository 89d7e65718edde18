import { existsSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import { type LocalGangway, startLocalGangway } from './local-gangway.js';
import { createOperatorLog } from './operator-log.js';

function start(directory: string, rootKey?: string): Promise<LocalGangway> {
  return startLocalGangway({
    directory,
    ...(rootKey !== undefined && { rootKey }),
    host: '127.0.0.1',
    port: 0,
    region: 'us-east-1',
    accountId: undefined,
    limits: 'aws',
    agent: false,
    log: createOperatorLog('text', false, { write: () => undefined }),
  });
}

test('the state has its root key beside it, and does not start without', async () => {
  const directory = temporaryDirectory();
  const path = join(directory, 'root.key');
  const first = await start(directory);
  onTestFinished(() => first.stop());
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await first.stop();
  const state = readdirSync(directory).filter((name) => name.startsWith('state.db'));
  for (const name of state) {
    expect(readFileSync(join(directory, name), 'latin1')).not.toContain(first.key.secretAccessKey);
  }

  renameSync(path, `${path}.away`);
  await expect(start(directory)).rejects.toThrow(`there is no root key ${path}`);
  // Another one would only hide that the right one is missing.
  expect(existsSync(path)).toBe(false);
  const elsewhere = join(temporaryDirectory(), 'key');
  renameSync(`${path}.away`, elsewhere);
  const second = await start(directory, elsewhere);
  onTestFinished(() => second.stop());
  expect(second.key).toEqual(first.key);
  expect(existsSync(path)).toBe(false);
});
