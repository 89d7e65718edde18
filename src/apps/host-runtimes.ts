import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Logger } from 'pino';
import { findDockerHost } from '../platform/runtime/docker/docker-host.js';
import { createDockerRuntime, type DockerRuntimeOptions } from '../platform/runtime/docker/docker-runtime.js';
import type { Runtime } from '../platform/runtime/runtime.js';
import { createSandboxRuntime } from '../platform/runtime/sandbox/sandbox-runtime.js';

/** What runs a host's containers; `auto`: the image decides. */
export type RuntimeChoice = 'auto' | 'sandbox' | 'docker';

export interface HostRuntimesOptions {
  readonly choice: RuntimeChoice;
  /** Of the host's state, which no container may see. */
  readonly directory: string;
  readonly filesToMask?: readonly string[];
  readonly log: Logger;
}

/** In the order in which they are asked: the sandbox takes only images that are its own. */
export function hostRuntimes({ choice, directory, filesToMask = [], log }: HostRuntimesOptions): readonly Runtime[] {
  return [
    ...(choice === 'docker' ? [] : [sandboxRuntime(directory, filesToMask, log)]),
    ...(choice === 'sandbox' ? [] : [dockerRuntime(directory, log)]),
  ];
}

/** Why no container can run on this machine, in one sentence; undefined when one can. */
export async function noneAvailable(runtimes: readonly Runtime[]): Promise<string | undefined> {
  const refusals: string[] = [];
  for (const runtime of runtimes) {
    const refusal = await runtime.unavailable();
    if (refusal === undefined) return undefined;
    refusals.push(runtimes.length === 1 ? refusal : `${runtime.name}: ${refusal}`);
  }
  return refusals.join('; ');
}

function sandboxRuntime(directory: string, filesToMask: readonly string[], log: Logger): Runtime {
  return createSandboxRuntime({
    stateDirectory: join(directory, 'containers'),
    dataDirectoryToMask: directory,
    filesToMask,
    log: log.child({ part: 'sandbox' }),
  });
}

function dockerRuntime(directory: string, log: Logger): Runtime {
  return createDockerRuntime({ ...dockerAccess(), stateDirectory: directory, log: log.child({ part: 'docker' }) });
}

/** Where this user's Docker is, as Docker's own client finds it. */
export function dockerAccess(): Pick<DockerRuntimeOptions, 'host' | 'certificates' | 'configDirectory'> {
  const { env } = process;
  return {
    host: findDockerHost(env),
    ...(env['DOCKER_TLS_VERIFY'] && { certificates: env['DOCKER_CERT_PATH'] ?? join(homedir(), '.docker') }),
    ...(env['DOCKER_CONFIG'] && { configDirectory: env['DOCKER_CONFIG'] }),
  };
}
