// A process that starts tasks, which share all that can be shared, enters them, says so, and waits to be killed.
import { randomBytes } from 'node:crypto';
import { containerSpec, Inhabited, noForwards } from '../runtime.fixture.js';
import type { TaskSpec } from '../runtime.js';
import { createSandboxRuntime } from './sandbox-runtime.js';

const [stateDirectory = '', program = ''] = process.argv.slice(2);
const log = { warn: () => undefined };
const runtime = createSandboxRuntime({ stateDirectory, dataDirectoryToMask: stateDirectory, log, program });
const settings = {
  memory: 64,
  mounts: [{ source: 'data', containerPath: '/data', readOnly: false }],
  tmpfs: [{ containerPath: '/scratch', size: 1, mountOptions: [] }],
};
const shared: Pick<TaskSpec, 'networkMode' | 'pidMode' | 'ipcMode'>[] = [
  { networkMode: 'none', pidMode: 'task', ipcMode: 'task' },
  { networkMode: 'host', pidMode: 'host', ipcMode: 'host' },
];
for (const share of shared) {
  const id = randomBytes(16).toString('hex');
  const volumes = [{ name: 'data' }];
  const task = await runtime.prepare({ id, cpu: 512, memory: 128, volumes, forwards: noForwards, ...share });
  for (let i = 0; i < 2; i++) {
    const spec = containerSpec('host', 'trap "" TERM; while :; do sleep 7654; done', { settings });
    const box = new Inhabited(await task.start(spec));
    await box.run('touch /data/file; (setsid sleep 7654 > /dev/null 2>&1 < /dev/null &)');
    await box.container.enter({ argv: ['sh', '-c', 'trap "" HUP; sleep 7654; true'], environment: {}, toolbox: {} });
    const session = await box.terminal(['/bin/sh', '-c', 'trap "" HUP TERM; sleep 7654 & echo up; wait']);
    await session.output.until(/up/);
  }
}
process.stdout.write('holding\n');
setInterval(() => undefined, 1_000_000);
