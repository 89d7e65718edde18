import { ThresholdType, type DeploymentConfiguration } from '@aws-sdk/client-ecs';
import { requireOneOf, requireWithin } from './checks.js';
import { ecsError } from './ecs-error.js';

/** AWS's defaults for rolling deployments (ecs-api 3.3). */
const DEFAULTS = Object.freeze({
  deploymentCircuitBreaker: { enable: false, rollback: false },
  maximumPercent: 200,
  minimumHealthyPercent: 100,
});

/** Checks a deployment configuration; what is not given stays as it is in `current`. */
export function readDeploymentConfiguration(
  configuration: DeploymentConfiguration | undefined,
  current: DeploymentConfiguration = DEFAULTS,
): DeploymentConfiguration {
  const { maximumPercent, minimumHealthyPercent, deploymentCircuitBreaker, alarms, strategy } = configuration ?? {};
  requireWithin(maximumPercent, 0, 1_000_000, 'maximumPercent');
  requireWithin(minimumHealthyPercent, 0, 1_000_000, 'minimumHealthyPercent');
  requireOneOf(deploymentCircuitBreaker?.thresholdConfiguration?.type, ThresholdType, 'type');
  if (strategy !== undefined && strategy !== 'ROLLING') {
    throw ecsError.unsupported(`The deployment strategy ${strategy} is not supported.`);
  }
  if ((configuration?.lifecycleHooks ?? []).length > 0) {
    throw ecsError.unsupported('Deployment lifecycle hooks are not supported.');
  }
  if (alarms?.enable === true) {
    throw ecsError.unsupported('Deployment alarms are not supported.');
  }
  const merged = {
    ...current,
    ...(maximumPercent === undefined ? {} : { maximumPercent }),
    ...(minimumHealthyPercent === undefined ? {} : { minimumHealthyPercent }),
    ...(deploymentCircuitBreaker === undefined ? {} : { deploymentCircuitBreaker }),
    // Switched off they do nothing, and are shown as they were given.
    ...(alarms === undefined ? {} : { alarms }),
    ...(strategy === undefined ? {} : { strategy }),
  };
  if (merged.maximumPercent === 100 && merged.minimumHealthyPercent === 100) {
    throw ecsError.invalidParameter(
      'Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.',
    );
  }
  return merged;
}
