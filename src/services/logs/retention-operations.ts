import { DeleteRetentionPolicyRequest$, PutRetentionPolicyRequest$ } from '@aws-sdk/client-cloudwatch-logs';
import type { DeleteRetentionPolicyRequest, PutRetentionPolicyRequest } from '@aws-sdk/client-cloudwatch-logs';
import type { Operation } from '../../platform/aws/service.js';
import { groupStore } from './group-store.js';
import { LogAccess } from './log-access.js';
import { logsError } from './logs-error.js';
import { EMPTY_OUTPUT, logsOperation, shape } from './logs-operation.js';
import type { LogsParts } from './logs-parts.js';
import type { RetentionSweep } from './retention-sweep.js';

/** The only values that AWS takes. */
export const RETENTION_DAYS: readonly number[] = Object.freeze([
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]);

export function retentionOperations(parts: LogsParts, sweep: RetentionSweep): readonly Operation[] {
  const { database, limits } = parts;
  const access = new LogAccess(parts);

  async function setRetention(name: string, days: number | undefined): Promise<void> {
    if ((await groupStore.setRetention(database, name, days)) === 0) throw logsError.groupNotFound();
    if (days !== undefined) void sweep.run();
  }

  return [
    logsOperation({
      name: 'PutRetentionPolicy',
      input: PutRetentionPolicyRequest$,
      output: EMPTY_OUTPUT,
      constraints: { logGroupName: shape.groupName, retentionInDays: { required: true, range: [1, 3653] } },
      access: ({ logGroupName = '' }: PutRetentionPolicyRequest) =>
        access.onGroup('logs:PutRetentionPolicy', logGroupName),
      async run({ logGroupName = '', retentionInDays = 0 }) {
        if (!limits.isOpen('log-retention') && !RETENTION_DAYS.includes(retentionInDays)) {
          throw logsError.invalid(
            `1 validation error detected: Value '${retentionInDays}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${RETENTION_DAYS.join(', ')}]`,
          );
        }
        await setRetention(logGroupName, retentionInDays);
        return {};
      },
    }),
    logsOperation({
      name: 'DeleteRetentionPolicy',
      input: DeleteRetentionPolicyRequest$,
      output: EMPTY_OUTPUT,
      constraints: { logGroupName: shape.groupName },
      access: ({ logGroupName = '' }: DeleteRetentionPolicyRequest) =>
        access.onGroup('logs:DeleteRetentionPolicy', logGroupName),
      async run({ logGroupName = '' }) {
        await setRetention(logGroupName, undefined);
        return {};
      },
    }),
  ];
}
