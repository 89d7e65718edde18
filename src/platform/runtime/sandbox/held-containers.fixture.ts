// A process that starts two containers, enters them, says so, and waits to be killed.
import { Inhabited } from '../runtime.fixture.js';
import { createSandboxRuntime } from './sandbox-runtime.js';

const [stateDirectory = '', program = ''] = process.argv.slice(2);
const log = { warn: () => undefined };
const runtime = createSandboxRuntime({ stateDirectory, dataDirectoryToMask: stateDirectory, log, program });
for (let i = 0; i < 2; i++) {
  const box = await Inhabited.start(runtime, 'host');
  await box.run('mkdir -p /tmp/a/b; chmod 0 /tmp/a; ln -s /etc /tmp/link');
  const session = await box.terminal(['/bin/sh', '-c', 'trap "" HUP TERM; sleep 9876 & echo up; wait']);
  await session.output.until(/up/);
}
process.stdout.write('holding\n');
setInterval(() => undefined, 1_000_000);
