import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openHostId, readHostId } from './host-id.js';

test("the name is made once, kept, and is no other state's", () => {
  const parent = mkdtempSync(join(tmpdir(), 'gangway-host-id-'));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  expect(readHostId(join(parent, 'one'))).toBeUndefined();
  const id = openHostId(join(parent, 'one'));
  expect([readHostId(join(parent, 'one')), openHostId(join(parent, 'one'))]).toEqual([id, id]);
  expect(openHostId(join(parent, 'two'))).not.toBe(id);
});
