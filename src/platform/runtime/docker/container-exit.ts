import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { Exit } from '../runtime.js';
import { statusOf, textOf } from './docker-failure.js';
import type { DockerLog } from './docker-log.js';

/** A daemon that is being restarted has this long to come back before its containers count as lost. */
export const DAEMON_LIMIT_MS = 30_000;
export const DAEMON_LOOK_MS = 500;
/** ECS's words for what the kernel killed at its memory limit. */
const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';

/** What of dockerode's modem has no types: `answer` is there where there is no error. */
interface Dialer {
  dial(request: object, done: (error: Error | null, answer: NodeJS.ReadableStream) => void): void;
}

/** Its exit, through restarts of the daemon too. Never rejects. */
export async function exitOf(
  docker: Docker.Container,
  condition: 'next-exit' | 'not-running',
  log: DockerLog,
): Promise<Exit> {
  try {
    await waitedFor(docker, condition);
  } catch (error) {
    log.debug({ container: docker.id, cause: textOf(error) }, 'the daemon does not tell of the end of a container');
  }
  for (let limit = Date.now() + DAEMON_LIMIT_MS; ;) {
    try {
      const { State } = await docker.inspect();
      // Each time it is away it has as long again.
      limit = Date.now() + DAEMON_LIMIT_MS;
      if (!State.Running && State.Status !== 'created') return exitState(State);
      if (State.Running) await waitedFor(docker, 'not-running');
      else await sleep(DAEMON_LOOK_MS);
    } catch (error) {
      if (statusOf(error) === 404) return { code: 137, reason: 'the container has been removed by somebody else' };
      if (Date.now() > limit) return { code: 137, reason: `the Docker daemon is gone: ${textOf(error)}` };
      await sleep(DAEMON_LOOK_MS);
    }
  }
}

/**
 * Resolves when the daemon answers, and when it is gone: dockerode's own `wait` waits for ever for the end of an answer
 * that a daemon has begun, as it does at once, and does not come to. Rejects with what the daemon says otherwise.
 */
function waitedFor(docker: Docker.Container, condition: 'next-exit' | 'not-running'): Promise<void> {
  const modem = docker.modem as Dialer;
  const request = {
    path: `/containers/${docker.id}/wait?`,
    method: 'POST',
    isStream: true,
    statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
    options: { condition },
  };
  return new Promise((resolve, reject) => {
    modem.dial(request, (error, answer) => {
      if (error !== null) {
        reject(error);
        return;
      }
      answer.on('error', () => undefined);
      answer.once('end', resolve);
      answer.once('close', resolve);
      answer.resume();
    });
  });
}

function exitState({ ExitCode, OOMKilled }: Docker.ContainerInspectInfo['State']): Exit {
  return { code: ExitCode, ...(OOMKilled && { reason: OUT_OF_MEMORY }) };
}
