import { test } from 'vitest';
import { writeFileSync } from 'node:fs';
import { RecordedStack } from './recorded-stack.fixture.js';
test('keep', { timeout: 3000_000 }, async () => {
  const stack = new RecordedStack();
  await stack.up();
  const task = await stack.recordedTask();
  console.log(await stack.exec(task, '--', 'sh', '-c', 'echo out; echo err >&2; exit 3'));
  console.log(await stack.ended(1));
  writeFileSync('/tmp/rd/env', Object.entries(stack.environment).map(([k, v]) => `export ${k}='${v}'`).join('\n') + `\nexport TASK=${task.id} DATA=${stack.data}\n`);
  console.log('ready');
  await new Promise((r) => setTimeout(r, 2_400_000));
});
