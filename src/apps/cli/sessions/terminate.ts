import process from 'node:process';
import { printable } from '../../../client/recordings/printable.js';
import { addConnectionOptions, connect, type ConnectionOptions } from '../connect.js';
import { newCommand, parseCommand } from '../parse-command.js';

export async function terminate(argv: readonly string[]): Promise<number> {
  const command = addConnectionOptions(
    newCommand('sessions terminate', 'Ends a session.').usage('[options] ID').argument('<ID>', 'session'),
  );
  if (!parseCommand(command, argv)) return 0;
  const [id = ''] = command.args;
  const { call } = await connect(command.opts<ConnectionOptions>());
  await call('ssm', 'TerminateSession', { SessionId: id });
  process.stderr.write(`terminated ${printable(id)}\n`);
  return 0;
}
