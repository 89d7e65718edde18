import { AssociateKmsKeyRequest$, DisassociateKmsKeyRequest$ } from '@aws-sdk/client-cloudwatch-logs';
import type { AssociateKmsKeyRequest, DisassociateKmsKeyRequest } from '@aws-sdk/client-cloudwatch-logs';
import type { Operation } from '../../platform/aws/service.js';
import { requireGroup } from './group-operations.js';
import { groupStore } from './group-store.js';
import { LogAccess } from './log-access.js';
import { logsError } from './logs-error.js';
import { EMPTY_OUTPUT, logsOperation, shape } from './logs-operation.js';
import type { LogsParts } from './logs-parts.js';

/** Either says which group; what keys of query results there would be, there are no queries for. */
interface KeyTarget {
  readonly logGroupName?: string | undefined;
  readonly resourceIdentifier?: string | undefined;
}

export function keyOperations(parts: LogsParts): readonly Operation[] {
  const { database, arns, keys } = parts;
  const access = new LogAccess(parts);
  const target = {
    logGroupName: shape.optionalGroupName,
    resourceIdentifier: { length: [1, 2048], pattern: /^[\w+=/:,.@\-*]*$/ },
  } as const;

  function groupOf({ logGroupName, resourceIdentifier }: KeyTarget): string {
    if ((logGroupName === undefined) === (resourceIdentifier === undefined)) {
      throw logsError.invalid('You must specify either logGroupName or resourceIdentifier, but not both.');
    }
    const name = logGroupName ?? arns.nameOf(resourceIdentifier ?? '');
    if (name === undefined) throw logsError.invalid('The specified resourceIdentifier is not a log group.');
    return name;
  }

  return [
    logsOperation({
      name: 'AssociateKmsKey',
      input: AssociateKmsKeyRequest$,
      output: EMPTY_OUTPUT,
      constraints: { ...target, kmsKeyId: { required: true, ...shape.kmsKeyId } },
      access: (input: AssociateKmsKeyRequest) => access.onGroup('logs:AssociateKmsKey', groupOf(input)),
      async run({ kmsKeyId = '', ...input }) {
        const name = groupOf(input);
        await requireGroup(database, name);
        const key = await keys.generate(name, kmsKeyId);
        await database.transaction(async (queries) => {
          const { id } = await requireGroup(queries, name);
          const dataKeyId = await keys.keep(queries, id, key);
          await groupStore.setKey(queries, id, { arn: key.keyArn, id: dataKeyId });
        });
        return {};
      },
    }),
    logsOperation({
      name: 'DisassociateKmsKey',
      input: DisassociateKmsKeyRequest$,
      output: EMPTY_OUTPUT,
      constraints: target,
      access: (input: DisassociateKmsKeyRequest) => access.onGroup('logs:DisassociateKmsKey', groupOf(input)),
      async run(input) {
        const { id } = await requireGroup(database, groupOf(input));
        await groupStore.setKey(database, id, undefined);
        return {};
      },
    }),
  ];
}
