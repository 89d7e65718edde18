import { attributeValue, type ContainerInstance } from './container-instance.js';
import { isWindows } from './compute-rules.js';
import type { TaskDefinition } from './task-definition.js';

/** What a container has to run on, in the values of the attributes `ecs.os-type` and `ecs.cpu-architecture`. */
export interface Platform {
  /** Absent: Linux. */
  readonly operatingSystem?: string | undefined;
  /** Absent: any. */
  readonly cpuArchitecture?: string | undefined;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { ARM64: 'arm64', X86_64: 'x86_64' };

export function platformOf({ runtimePlatform }: Pick<TaskDefinition, 'runtimePlatform'>): Platform {
  return {
    operatingSystem: isWindows({ runtimePlatform }) ? 'windows' : undefined,
    cpuArchitecture: ARCHITECTURES[runtimePlatform?.cpuArchitecture ?? ''],
  };
}

/** An instance that does not say is taken for one with Linux, and for one of any architecture. */
export function hasPlatform(
  instance: Pick<ContainerInstance, 'attributes' | 'customAttributes'>,
  { operatingSystem = 'linux', cpuArchitecture }: Platform,
): boolean {
  const architecture = attributeValue(instance, 'ecs.cpu-architecture');
  return (
    (attributeValue(instance, 'ecs.os-type') ?? 'linux') === operatingSystem &&
    (cpuArchitecture === undefined || architecture === undefined || architecture === cpuArchitecture)
  );
}
