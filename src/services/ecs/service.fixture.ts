import type { Service } from './service.js';

/** A service that was never deployed. */
export function blankService(desiredCount: number, minimumHealthyPercent: number, maximumPercent: number): Service {
  return {
    arn: 'arn',
    name: 'api',
    clusterArn: 'c',
    clusterName: 'c',
    status: 'ACTIVE',
    desiredCount,
    deploymentConfiguration: { minimumHealthyPercent, maximumPercent },
    deployments: [],
    steady: false,
    enableExecuteCommand: false,
    enableECSManagedTags: false,
    propagateTags: 'NONE',
    createdAt: 0,
    createdBy: 'u',
    fingerprint: '',
  };
}
