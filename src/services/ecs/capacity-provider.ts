import type { CapacityProviderStrategyItem } from '@aws-sdk/client-ecs';
import { requireAtMost, requireWithin } from './checks.js';
import { ecsError } from './ecs-error.js';

/** The providers every account has; Auto Scaling groups, which make the others, are not part of this endpoint. */
export const PROVIDERS: readonly string[] = Object.freeze(['FARGATE', 'FARGATE_SPOT']);

export function requireCapacityProviders(names: readonly string[]): void {
  requireAtMost(names, 20, 'capacityProviders');
  for (const name of names) {
    if (!PROVIDERS.includes(name)) {
      throw ecsError.invalidParameter(`The specified capacity provider '${name}' was not found.`);
    }
  }
}

/** Every item names one of the cluster's providers; one item at most has a base, and of several one has a weight. */
export function requireStrategy(
  strategy: readonly CapacityProviderStrategyItem[],
  clusterProviders: readonly string[],
): void {
  requireAtMost(strategy, 20, 'capacityProviderStrategy');
  for (const { capacityProvider = '', base, weight } of strategy) {
    if (!clusterProviders.includes(capacityProvider)) {
      throw ecsError.invalidParameter(
        'The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster.',
      );
    }
    requireWithin(weight, 0, 1000, 'weight');
    requireWithin(base, 0, 100_000, 'base');
  }
  if (strategy.filter(({ base = 0 }) => base > 0).length > 1) {
    throw ecsError.invalidParameter('Only one capacity provider in a strategy can have a base defined.');
  }
  if (strategy.length > 1 && strategy.every(({ weight = 0, base = 0 }) => weight === 0 && base === 0)) {
    throw ecsError.invalidParameter('A capacity provider strategy must have a provider with a weight greater than 0.');
  }
}

/** The provider of one more task: its base first, then the greatest weight. */
export function chooseProvider(strategy: readonly CapacityProviderStrategyItem[], running: number): string | undefined {
  const based = strategy.find(({ base = 0 }) => running < base);
  const heaviest = [...strategy].sort((a, b) => (b.weight ?? 0) - (a.weight ?? 0))[0];
  return (based ?? heaviest)?.capacityProvider;
}
