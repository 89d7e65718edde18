import type { CapacityProviderStrategyItem, NetworkConfiguration, RuntimePlatform } from '@aws-sdk/client-ecs';
import type { Network } from '../network.js';
import { requireStrategy } from './capacity-provider.js';
import type { Cluster } from './cluster.js';
import { isWindows } from './compute-rules.js';
import { ecsError } from './ecs-error.js';
import { readNetworkConfiguration } from './network-configuration.js';
import type { LaunchType } from './task.js';
import type { TaskDefinition } from './task-definition.js';

/** Where and how tasks are to run, with every default decided. */
export interface Launch {
  readonly launchType: LaunchType;
  /** Present when the request or the cluster chose providers instead of a launch type. */
  readonly capacityProviderStrategy?: readonly CapacityProviderStrategyItem[] | undefined;
  /** As asked: `LATEST` or a number. Fargate only. */
  readonly platformVersion?: string | undefined;
  readonly platformFamily?: string | undefined;
  readonly networkConfiguration?: NetworkConfiguration | undefined;
}

export interface LaunchRequest {
  readonly launchType?: string | undefined;
  readonly capacityProviderStrategy?: readonly CapacityProviderStrategyItem[] | undefined;
  readonly platformVersion?: string | undefined;
  readonly networkConfiguration?: NetworkConfiguration | undefined;
  readonly enableExecuteCommand?: boolean | undefined;
}

/** What LATEST means today, by operating system (ecs-api 3.4). */
const LATEST = Object.freeze({ linux: '1.4.0', windows: '1.0.0' });
const LINUX_PLATFORMS: readonly string[] = Object.freeze(['1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0']);

/** Decides launch type, platform and network of a RunTask or CreateService request, and refuses what does not go. */
export function readLaunch(
  network: Network,
  cluster: Cluster,
  definition: TaskDefinition,
  request: LaunchRequest,
): Launch {
  const { launchType, strategy } = chooseLaunchType(cluster, request);
  if (!definition.compatibilities.includes(launchType)) {
    throw ecsError.invalidParameter(`Task definition does not support launch_type ${launchType}.`);
  }
  const fargate = launchType === 'FARGATE';
  return {
    launchType,
    capacityProviderStrategy: strategy,
    platformVersion: readPlatformVersion(launchType, definition, request),
    platformFamily: fargate ? platformFamily(definition.runtimePlatform) : undefined,
    networkConfiguration: readNetworkConfiguration(network, definition, request.networkConfiguration),
  };
}

function chooseLaunchType(
  cluster: Cluster,
  request: LaunchRequest,
): { readonly launchType: LaunchType; readonly strategy?: readonly CapacityProviderStrategyItem[] } {
  const asked = request.capacityProviderStrategy ?? [];
  if (request.launchType !== undefined) {
    if (asked.length > 0) {
      throw ecsError.invalidParameter('Specifying both a launch type and capacity provider strategy is not supported.');
    }
    return { launchType: readLaunchType(request.launchType) };
  }
  const strategy = asked.length > 0 ? asked : cluster.defaultCapacityProviderStrategy;
  if (strategy.length === 0) return { launchType: 'EC2' };
  requireStrategy(strategy, cluster.capacityProviders);
  return { launchType: 'FARGATE', strategy };
}

function readLaunchType(launchType: string): LaunchType {
  if (launchType === 'EC2' || launchType === 'FARGATE' || launchType === 'EXTERNAL') return launchType;
  if (launchType === 'MANAGED_INSTANCES') {
    throw ecsError.unsupported('The launch type MANAGED_INSTANCES is not supported.');
  }
  throw ecsError.client('launch type should be one of [EC2,FARGATE]');
}

/** ECS Exec needs Linux platform 1.4.0 or Windows platform 1.0.0 (ecs-api 10). */
function readPlatformVersion(
  launchType: LaunchType,
  { runtimePlatform }: TaskDefinition,
  request: LaunchRequest,
): string | undefined {
  const version = request.platformVersion ?? '';
  if (launchType !== 'FARGATE') {
    if (version === '') return undefined;
    throw ecsError.invalidParameter('The platform version must be null when specifying an EC2 launch type.');
  }
  if (version === '' || version === 'LATEST') return 'LATEST';
  const known = isWindows({ runtimePlatform }) ? [LATEST.windows] : LINUX_PLATFORMS;
  if (!known.includes(version)) throw ecsError.platformUnknown();
  const latest = known.at(-1);
  if (request.enableExecuteCommand === true && version !== latest) throw ecsError.platformIncompatible();
  return version;
}

/** The number a task shows: LATEST is never shown. */
export function concretePlatformVersion(launch: Launch): string | undefined {
  if (launch.platformVersion !== 'LATEST') return launch.platformVersion;
  return launch.platformFamily?.startsWith('Windows') === true ? LATEST.windows : LATEST.linux;
}

/** `WINDOWS_SERVER_2022_CORE` -> `Windows_Server_2022_Core`: the ECS Exec checker looks for this case. */
function platformFamily(platform: RuntimePlatform | undefined): string {
  return (platform?.operatingSystemFamily ?? 'LINUX')
    .split('_')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join('_');
}
