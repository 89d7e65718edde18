import type { AccessQuestion, AccessResource } from '../../../platform/aws/access.js';
import type { Queries } from '../../../platform/store/database.js';
import type { EcsParts } from '../ecs-parts.js';
import { tagRecord } from '../tag.js';
import { tagStore } from '../tag-store.js';

/**
 * The tables beside this file say what each operation asks the policies (ecs-api 7.4). They resolve references exactly
 * as the operations do: what is asked about must be what is acted on, or a policy could be talked past.
 */
export type AccessParts = Pick<EcsParts, 'database' | 'arns'>;

export type Conditions = NonNullable<AccessQuestion['conditions']>;

/** A resource with its tags; without any when it is not there, which a refused caller does not learn. */
export async function tagged(queries: Queries, arn: string): Promise<AccessResource> {
  return { arn, tags: tagRecord(await tagStore.find(queries, arn)) };
}

/** A question on an action without resource-level permissions. */
export function anywhere(action: string, conditions?: Conditions): readonly AccessQuestion[] {
  return [{ action, resources: [{ arn: '*' }], ...(conditions !== undefined && { conditions }) }];
}
