import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { statSync } from 'node:fs';
import { StreamText } from '../stream-text.fixture.js';
import { BUSYBOX_IMAGE, dockerRefusal, makeBusyboxImage } from './docker.fixture.js';

const SOCKET = '/var/run/docker.sock';
const refusal = (await dockerRefusal()) ?? (process.getuid?.() === 0 ? undefined : ' (skipped: needs root)');

describe.skipIf(refusal !== undefined)(`Docker, by one of its group who is not root${refusal ?? ''}`, () => {
  beforeAll(() => makeBusyboxImage(), 60_000);

  test('signals processes, with and without a terminal, by a kill inside', async () => {
    const module = new URL('../../../../dist/platform/runtime/docker/docker-runtime.js', import.meta.url);
    const script = `
      const { mkdtempSync } = await import('node:fs');
      const { createDockerRuntime } = await import(${JSON.stringify(fileURLToPath(module))});
      await import('dockerode');
      const stateDirectory = mkdtempSync('/tmp/gangway-docker-test-');
      (await import('node:fs')).chownSync(stateDirectory, 65534, 65534);
      process.setgroups([${statSync(SOCKET).gid}]); process.setgid(65534); process.setuid(65534);
      const log = { warn: (...all) => console.log('warning', ...all), debug() {} };
      const runtime = createDockerRuntime({ host: 'unix://${SOCKET}', stateDirectory, log });
      const container = await runtime.start({
        id: '0-${process.pid}', image: '${BUSYBOX_IMAGE}', argv: ['sleep', '1000'], environment: {}, hostname: 'box',
        workingDirectory: '/', user: '', readonlyRootFilesystem: false, settings: { networkMode: 'none' },
      });
      const enter = async (terminal) => {
        const argv = ['/bin/sh', '-c', 'trap "exit 9" TERM; sleep 1000 & echo up; wait'];
        const entered = await container.enter({ argv, environment: {}, ...(terminal && { terminal }) });
        await new Promise((resolve) => entered.stdout.once('data', resolve));
        entered.stdout.resume();
        return entered;
      };
      for (const [terminal, name] of [[undefined, 'SIGTERM'], [undefined, 'SIGKILL'], [{ columns: 80, rows: 24 }, 'SIGHUP']]) {
        const entered = await enter(terminal);
        entered.signal(name);
        console.log((await entered.exited).code);
      }
      const left = await enter({ columns: 80, rows: 24 });
      left.stdout.destroy();
      console.log((await left.exited).code);
      await container.stop(0);
      (await import('node:fs')).rmSync(stateDirectory, { recursive: true });
      process.exit();`;
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: [...stdio] });
    expect(await new StreamText(child.stdout).ended).toBe('9\n137\n129\n129\n');
  });
});
