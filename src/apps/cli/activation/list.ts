import process from 'node:process';
import { addConnectionOptions, connect, type ConnectionOptions } from '../connect.js';
import { newCommand, parseCommand } from '../parse-command.js';
import { textTable } from '../text-table.js';

interface ListOptions extends ConnectionOptions {
  readonly json?: true;
}

interface WireActivation {
  readonly ActivationId: string;
  readonly IamRole: string;
  readonly RegistrationLimit: number;
  readonly RegistrationsCount: number;
  /** Seconds since the epoch. */
  readonly ExpirationDate: number;
  readonly Expired: boolean;
  readonly Description?: string;
}

export async function list(argv: readonly string[]): Promise<number> {
  const command = addConnectionOptions(
    newCommand('activation list', 'Lists activations, how often they were used and until when they can be.')
      .usage('[options]')
      .option('--json', 'as DescribeActivations answers'),
  );
  if (!parseCommand(command, argv)) return 0;
  const options = command.opts<ListOptions>();
  const { call } = await connect(options);
  const found: WireActivation[] = [];
  let NextToken: string | undefined;
  do {
    const answer = (await call('ssm', 'DescribeActivations', { MaxResults: 50, ...(NextToken && { NextToken }) })) as {
      readonly ActivationList?: readonly WireActivation[];
      readonly NextToken?: string;
    };
    found.push(...(answer.ActivationList ?? []));
    ({ NextToken } = answer);
  } while (NextToken !== undefined && NextToken !== '');
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
    return 0;
  }
  const rows = found.map((one) => [
    one.ActivationId,
    one.IamRole,
    `${one.RegistrationsCount} of ${one.RegistrationLimit}`,
    one.Expired ? 'expired' : new Date(one.ExpirationDate * 1000).toISOString(),
    one.Description ?? '',
  ]);
  process.stdout.write(textTable(['ACTIVATION', 'ROLE', 'USED', 'UNTIL', 'DESCRIPTION'], rows));
  return 0;
}
