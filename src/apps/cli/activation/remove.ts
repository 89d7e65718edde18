import { addConnectionOptions, connect, type ConnectionOptions } from '../connect.js';
import { newCommand, parseCommand } from '../parse-command.js';
import { UsageError } from '../usage-error.js';

export async function remove(argv: readonly string[]): Promise<number> {
  const command = addConnectionOptions(
    newCommand('activation delete', 'Takes an activation back; hosts that have joined with it stay.')
      .usage('[options] ID')
      .argument('<ID>', 'activation'),
  );
  if (!parseCommand(command, argv)) return 0;
  const [id, ...more] = command.args;
  if (id === undefined || more.length > 0) throw new UsageError('activation delete takes one ID');
  const { call } = await connect(command.opts<ConnectionOptions>());
  await call('ssm', 'DeleteActivation', { ActivationId: id });
  return 0;
}
