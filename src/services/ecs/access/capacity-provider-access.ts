import type {
  CreateCapacityProviderRequest,
  DeleteCapacityProviderRequest,
  DescribeCapacityProvidersRequest,
  UpdateCapacityProviderRequest,
} from '@aws-sdk/client-ecs';
import type { AccessQuestion } from '../../../platform/aws/access.js';
import { PROVIDERS } from '../capacity-provider.js';
import { requireAtMost } from '../checks.js';
import { capacityProviderReference } from '../references.js';
import { type AccessParts, tagged } from './access-parts.js';
import { requestTags, tagOnCreate } from './request-tags.js';

type Questions = Promise<readonly AccessQuestion[]>;

export function capacityProviderAccess({ database, arns }: AccessParts) {
  const on =
    (action: string) =>
    async (reference: string | undefined): Questions => {
      const name = capacityProviderReference(arns, reference ?? '');
      return [{ action, resources: [await tagged(database, arns.capacityProvider(name))] }];
    };
  const remove = on('ecs:DeleteCapacityProvider');
  const update = on('ecs:UpdateCapacityProvider');
  return {
    CreateCapacityProvider: async (input: CreateCapacityProviderRequest): Questions => {
      const provider = await tagged(database, arns.capacityProvider(capacityProviderReference(arns, input.name ?? '')));
      return [
        { action: 'ecs:CreateCapacityProvider', resources: [provider], conditions: requestTags(input.tags) },
        ...tagOnCreate(input.tags, provider, 'CreateCapacityProvider'),
      ];
    },
    DeleteCapacityProvider: (input: DeleteCapacityProviderRequest): Questions => remove(input.capacityProvider),
    UpdateCapacityProvider: (input: UpdateCapacityProviderRequest): Questions => update(input.name),
    DescribeCapacityProviders: async (input: DescribeCapacityProvidersRequest): Questions => {
      const references = input.capacityProviders ?? [];
      requireAtMost(references, 100, 'capacityProviders');
      const names = references.map((reference) => capacityProviderReference(arns, reference));
      const meant = names.length === 0 ? PROVIDERS : [...new Set(names)];
      const resources = await Promise.all(meant.map((name) => tagged(database, arns.capacityProvider(name))));
      return [{ action: 'ecs:DescribeCapacityProviders', resources }];
    },
  };
}
