import type { ContainerPayload } from '../../core/protocol/agent-service.js';
import type { ContainerMount, ContainerSettings } from '../../core/protocol/container-settings.js';
import { StartError, type ContainerSpec, type Runtime } from '../../platform/runtime/runtime.js';

/** The container as its definition has it: nothing of the host's environment goes in. */
export function containerSpec(
  id: string,
  payload: ContainerPayload,
  environment: Readonly<Record<string, string>>,
  runtime: Runtime['name'],
  mounts: readonly ContainerMount[] = [],
): ContainerSpec {
  const argv = [...(payload.entryPoint ?? []), ...(payload.command ?? [])];
  // Docker's images bring a command, a working directory and a user of their own.
  const docker = runtime === 'docker';
  if (argv.length === 0 && !docker) {
    throw new StartError(
      `CannotStartContainerError: container ${payload.name} has neither entryPoint nor command, and image ${payload.image} brings none`,
    );
  }
  return {
    id,
    image: payload.image,
    argv,
    environment,
    ...(docker && { imageCommand: imageCommand(payload) }),
    workingDirectory: payload.workingDirectory ?? (docker ? '' : '/'),
    user: payload.user ?? '',
    hostname: payload.hostname ?? id.slice(0, 12),
    readonlyRootFilesystem: payload.readonlyRootFilesystem,
    ...((payload.settings !== undefined || payload.initProcessEnabled || mounts.length > 0) && {
      settings: settingsOf(payload, mounts),
    }),
  };
}

/** What the task decides, its runtime has been told for all of its containers. */
function settingsOf(payload: ContainerPayload, mounts: readonly ContainerMount[]): ContainerSettings {
  const settings: { -readonly [Name in keyof ContainerSettings]: ContainerSettings[Name] } = { ...payload.settings };
  delete settings.networkMode;
  delete settings.pidMode;
  return {
    ...settings,
    initProcessEnabled: payload.initProcessEnabled,
    ...(mounts.length > 0 && { mounts }),
  };
}

function imageCommand({ entryPoint, command }: ContainerPayload): NonNullable<ContainerSpec['imageCommand']> {
  // An empty list is as good as none, as the official agent has it.
  return {
    ...(entryPoint !== undefined && entryPoint.length > 0 && { entryPoint }),
    ...(command !== undefined && command.length > 0 && { command }),
  };
}

/** Of a name given twice the last value counts, as in Docker. */
export function environmentOf(payload: ContainerPayload): Readonly<Record<string, string>> {
  return Object.fromEntries(payload.environment.map(({ name, value }) => [name, value]));
}
