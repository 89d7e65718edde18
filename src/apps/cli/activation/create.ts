import process from 'node:process';
import { quoteWord } from '../../../client/quote-command.js';
import { isLoopback } from '../../../platform/aws/is-loopback.js';
import { shownPin } from '../../../platform/aws/outgoing/tls-agent.js';
import { CODE_VARIABLE } from '../agent-access.js';
import { InvalidArgumentError } from '../commander.js';
import { addConnectionOptions, connect, type Connection, type ConnectionOptions } from '../connect.js';
import { newCommand, parseCommand } from '../parse-command.js';
import { httpUrl } from '../service-option.js';
import { ensureHostRole } from './host-role.js';

interface CreateOptions extends ConnectionOptions {
  readonly cluster: string;
  readonly role?: string;
  readonly uses: number;
  readonly hours: number;
  readonly hostEndpoint?: string;
  readonly json?: true;
}

const HOUR_MS = 60 * 60_000;

function between(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** Prints the code once: it is stored nowhere but as a hash. */
export async function create(argv: readonly string[]): Promise<number> {
  const command = addConnectionOptions(
    newCommand('activation create', 'Makes an activation, with the role of its hosts, and prints the command for them.')
      .usage('[options]')
      .option('--cluster <name>', 'cluster that the hosts join', 'default')
      .option('--role <name>', 'role of the hosts; made when it is not there (default: "gangway-host-CLUSTER")')
      .option('--uses <number>', 'how many hosts may join with it', between(1, 1000), 1)
      .option('--hours <number>', 'for how long they may join', between(1, 720), 24)
      .option('--host-endpoint <url>', 'the endpoint as the hosts reach it (default: as it is reached here)', httpUrl)
      .option('--json', 'the parts of the command as JSON'),
  );
  if (!parseCommand(command, argv)) return 0;
  const options = command.opts<CreateOptions>();
  const connection = await connect(options);
  const { cluster, uses, hours } = options;
  const role = options.role ?? `gangway-host-${cluster}`.slice(0, 64);
  const made = await ensureHostRole(connection.query, { name: role, cluster, region: connection.region });
  const expires = new Date(Date.now() + hours * HOUR_MS);
  const answer = (await connection.call('ssm', 'CreateActivation', {
    IamRole: role,
    RegistrationLimit: uses,
    ExpirationDate: Math.floor(expires.getTime() / 1000),
    Description: `hosts of cluster ${cluster}`,
    DefaultInstanceName: `${cluster}-host`,
  })) as { readonly ActivationId: string; readonly ActivationCode: string };

  const endpoint = options.hostEndpoint ?? connection.endpoint('ecs');
  const pin = await pinFor(connection, endpoint);
  const args = [
    ...['agent', '--endpoint', endpoint, '--region', connection.region, '--cluster', cluster],
    ...['--activation-id', answer.ActivationId],
    ...(pin === undefined ? [] : ['--pin', pin]),
  ];
  if (options.json === true) {
    const parts = { activationId: answer.ActivationId, activationCode: answer.ActivationCode, endpoint };
    const rest = { region: connection.region, cluster, role, pin, expires: expires.toISOString() };
    process.stdout.write(`${JSON.stringify({ ...parts, ...rest }, undefined, 2)}\n`);
    return 0;
  }
  process.stderr.write(
    (made ? `made the role ${role}\n` : '') +
      `activation ${answer.ActivationId}: ${uses === 1 ? 'one host' : `${uses} hosts`} may join until ${expires.toISOString()}\n` +
      `${unreachable(endpoint)}on the host, as root or with Docker:\n\n`,
  );
  process.stdout.write(`${CODE_VARIABLE}=${answer.ActivationCode} gangway ${args.map(quoteWord).join(' ')}\n`);
  return 0;
}

function unreachable(endpoint: string): string {
  if (!isLoopback(endpoint)) return '';
  return `other machines do not reach ${endpoint}: start gangway up with --host and TLS, and name it with --host-endpoint\n`;
}

/**
 * The key of an endpoint that no authority of the usual ones speaks for; undefined where one does, or where it is not
 * reached from here.
 */
async function pinFor({ ca }: Connection, endpoint: string): Promise<string | undefined> {
  if (ca === undefined || !endpoint.startsWith('https:')) return undefined;
  try {
    return await shownPin(new URL(endpoint), ca);
  } catch (error) {
    const why = (error as Error).message;
    process.stderr.write(`gangway: ${endpoint} is not reached from here (${why}): give the host --ca or --pin\n`);
    return undefined;
  }
}
