import {
  CapacityProviderField,
  type DescribeCapacityProvidersRequest,
  type DescribeCapacityProvidersResponse,
  type CapacityProvider,
  type Failure,
} from '@aws-sdk/client-ecs';
import { PROVIDERS } from './capacity-provider.js';
import { requireAtMost, requireOneOf } from './checks.js';
import { ecsError } from './ecs-error.js';
import type { EcsParts } from './ecs-parts.js';
import { cutPage, readPage } from './page.js';
import { capacityProviderReference } from './references.js';
import { tagStore } from './tag-store.js';

/** AWS's page, which may be larger than of other lists, and never is: there are two providers. */
const PAGE = 10;

/** FARGATE and FARGATE_SPOT. All others are made of Auto Scaling groups, or of instances that AWS runs. */
export function capacityProviderOperations({ database, arns }: Pick<EcsParts, 'database' | 'arns'>) {
  /** Managed scaling places tasks later than RunTask answers, where AWS refuses ECS Exec (ecs-api 10). */
  function refuse(): Promise<never> {
    return Promise.reject(
      ecsError.unsupported(
        'Capacity providers of Auto Scaling groups and managed instances are not supported; there are FARGATE and FARGATE_SPOT.',
      ),
    );
  }

  return {
    create: refuse,
    update: refuse,
    remove: refuse,

    describe: async (input: DescribeCapacityProvidersRequest): Promise<DescribeCapacityProvidersResponse> => {
      const references = input.capacityProviders ?? [];
      requireAtMost(references, 100, 'capacityProviders');
      for (const field of input.include ?? []) requireOneOf(field, CapacityProviderField, 'include');
      const page = readPage('DescribeCapacityProviders', input, PAGE);
      const asked = references.map((reference) => capacityProviderReference(arns, reference));
      const names = asked.length === 0 ? PROVIDERS : [...new Set(asked)].sort();
      const here = names.filter((name) => PROVIDERS.includes(name) && name > (page.after ?? ''));
      const { items, nextToken } = cutPage('DescribeCapacityProviders', page, here, (name) => name);
      const capacityProviders: CapacityProvider[] = [];
      for (const name of items) {
        const capacityProviderArn = arns.capacityProvider(name);
        const tags =
          input.include?.includes('TAGS') === true ? await tagStore.find(database, capacityProviderArn) : undefined;
        capacityProviders.push({
          capacityProviderArn,
          name,
          status: 'ACTIVE',
          type: name as 'FARGATE' | 'FARGATE_SPOT',
          ...(tags && { tags: [...tags] }),
        });
      }
      const failures: Failure[] = names
        .filter((name) => !PROVIDERS.includes(name))
        .map((name) => ({ arn: arns.capacityProvider(name), reason: 'MISSING' }));
      return { capacityProviders, failures, nextToken };
    },
  };
}
