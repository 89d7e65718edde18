import type { ContainerPayload } from '../../core/protocol/agent-service.js';
import { StartError, type ContainerSpec } from '../../platform/runtime/runtime.js';

/** The container as its definition has it: nothing of the host's environment goes in. */
export function containerSpec(
  id: string,
  payload: ContainerPayload,
  environment: Readonly<Record<string, string>>,
): ContainerSpec {
  const argv = [...(payload.entryPoint ?? []), ...(payload.command ?? [])];
  if (argv.length === 0) {
    throw new StartError(
      `CannotStartContainerError: container ${payload.name} has neither entryPoint nor command, and image ${payload.image} brings none`,
    );
  }
  return {
    id,
    image: payload.image,
    argv,
    environment,
    workingDirectory: payload.workingDirectory ?? '/',
    user: payload.user ?? '',
    hostname: payload.hostname ?? id.slice(0, 12),
    readonlyRootFilesystem: payload.readonlyRootFilesystem,
  };
}

/** Of a name given twice the last value counts, as in Docker. */
export function environmentOf(payload: ContainerPayload): Readonly<Record<string, string>> {
  return Object.fromEntries(payload.environment.map(({ name, value }) => [name, value]));
}
