import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import type { RecordingSettings } from '../../core/protocol/session-document.js';
import { InvalidArgumentError, Option } from './commander.js';
import { dataDirectory } from './data-directory.js';
import { checkKmsOptions, type KmsOptions } from './kms-option.js';
import type { RuntimeChoice } from './local-agent.js';
import { DEFAULT_ACCOUNT, startLocalGangway } from './local-gangway.js';
import { LIMIT_NAMES, LIMITS, Limits } from '../../services/limits.js';
import { createOperatorLog, type LogFormat } from './operator-log.js';
import { newCommand, parseCommand } from './parse-command.js';
import { addHostRecordOptions, deliveryTargets, type HostRecordOptions } from './record-options.js';
import { profileCredentials, serviceUrl } from './service-option.js';
import { UsageError } from './usage-error.js';
import { readVpcFile } from './vpc-file.js';

export const DEFAULT_PORT = 4580;

interface UpOptions extends KmsOptions, HostRecordOptions {
  readonly data?: string;
  readonly rootKey?: string;
  readonly port: number;
  readonly host: string;
  readonly region: string;
  readonly account?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly limits?: Limits;
  /** True: the option without a port. */
  readonly kmsProxy?: number | true;
  readonly liveSessions: 'keep' | 'end';
  readonly record: RecordingSettings['record'];
  readonly recordInput?: true;
  readonly recordLive?: true;
  readonly keepRecords?: number;
  readonly vpcEndpoints?: readonly string[];
  readonly vpc?: string;
  readonly agent: boolean;
  readonly runtime: RuntimeChoice;
  readonly log: LogFormat;
  readonly verbose?: true;
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535) throw new InvalidArgumentError('It is a number from 0 to 65535.');
  return value;
}

function days(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InvalidArgumentError('It is a number of days from 1 to 99999.');
  return Number(text);
}

function account(text: string): string {
  if (!/^\d{12}$/.test(text)) throw new InvalidArgumentError('It has 12 digits.');
  return text;
}

function region(text: string): string {
  if (!/^[a-z]{2,}(-[a-z]+)+-\d$/.test(text)) throw new InvalidArgumentError('It looks like us-east-1.');
  return text;
}

/** `ssmmessages,ecs`: services of AWS, as endpoints of a VPC are named after them. */
function serviceNames(text: string): readonly string[] {
  const names = text.split(',');
  const wrong = names.find((name) => !/^[a-z0-9][a-z0-9.-]*$/.test(name));
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" is no service; it looks like ecs,ssmmessages.`);
  return [...new Set(names)];
}

/** What is given later counts, as in one list. */
function limits(text: string, before?: Limits): Limits {
  try {
    return Limits.parse(before === undefined ? text : `${String(before)},${text}`);
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}

const HELP = `
Limits: LIST is aws, open, or begins with one of them: aws,user,idle-timeout or open,-user. What comes later counts.

${LIMIT_NAMES.map((name) => `  ${name.padEnd(15)} ${LIMITS[name]}`).join('\n')}

When it serves it prints one line on stdout, and nothing else ever:

  ready http://127.0.0.1:4580

The log is on stderr. SIGTERM or SIGINT ends it: containers are stopped, state is kept,
and services start their tasks again with the next start on the same directory.`;

function upCommand(): ReturnType<typeof newCommand> {
  const command = newCommand('up', 'Starts endpoint, message gateway and agent on this machine.')
    .usage('[options]')
    .option('--data <dir>', 'where state is kept (default: ~/.gangway)')
    .option('--root-key <file>', 'key that secrets in the state are sealed with (default: root.key of the state)')
    .option('--port <n>', 'port; 0 takes any free one', port, DEFAULT_PORT)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--region <name>', 'AWS region to be', region, 'us-east-1')
    .option('--account <id>', `AWS account to be (default: "${DEFAULT_ACCOUNT}")`, account)
    .option('--tls-cert <file>', 'serve HTTPS with this certificate (PEM)')
    .option('--tls-key <file>', 'and this key (PEM)')
    .addOption(
      new Option('--limits <list>', 'aws: refuse what AWS refuses; open: lift what does not have to be; or one by one')
        .argParser(limits)
        .default(undefined, 'aws'),
    )
    .option('--kms <url>', 'KMS of encrypted sessions: a URL, or "aws" (default: the endpoint itself)', serviceUrl)
    .option('--kms-profile <name>', "profile whose credentials that KMS knows (default: the task role's)")
    .option('--kms-proxy [port]', 'answer for kms.REGION.amazonaws.com, through a proxy on 127.0.0.1', port)
    .addOption(
      new Option('--live-sessions <fate>', 'when their owner loses the permission: keep (as AWS) or end')
        .choices(['keep', 'end'])
        .default('keep'),
    )
    .addOption(
      new Option(
        '--record <how>',
        'sessions of clusters with a log group or a bucket: no record, no session, or as AWS',
      )
        .choices(['required', 'best-effort'])
        .default('required'),
    )
    .option('--record-input', 'record what is typed too, unless the terminal does not echo')
    .option('--record-live', 'send events to the log group while sessions run')
    .option('--keep-records <days>', 'delete the records of sessions that ended longer ago (default: keep)', days)
    .option('--vpc-endpoints <services>', 'interface endpoints that EC2 says the VPC has (default: none)', serviceNames)
    .option('--vpc <file>', 'subnets and security groups of the VPC (JSON); default: any well-formed id is there')
    .option('--no-agent', 'run no tasks here; hosts join with gangway agent')
    .addOption(
      new Option('--runtime <kind>', 'what runs the tasks; auto: the image decides, host and rootfs: are the sandbox')
        .choices(['auto', 'sandbox', 'docker'])
        .default('auto'),
    )
    .addOption(new Option('--log <format>', 'form of the log').choices(['text', 'json']).default('text'))
    .option('-v, --verbose', 'log requests that only read, too')
    .addHelpText('after', HELP);
  return addHostRecordOptions(command);
}

function readTls(options: UpOptions): { cert: string; key: string; caFile?: string } | undefined {
  const { tlsCert, tlsKey } = options;
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) throw new UsageError('--tls-cert and --tls-key go together');
  const cert = readPem('--tls-cert', tlsCert);
  const key = readPem('--tls-key', tlsKey);
  const x509 = certificateOf(cert, tlsCert);
  const selfSigned = x509.checkIssued(x509);
  return { cert, key, ...(selfSigned && { caFile: resolve(tlsCert) }) };
}

function readPem(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${option}: ${(error as Error).message}`);
  }
}

function certificateOf(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new UsageError(`--tls-cert: ${file} is no certificate in PEM form: ${(error as Error).message}`);
  }
}

export async function up(argv: readonly string[]): Promise<number> {
  const command = upCommand();
  if (!parseCommand(command, argv)) return 0;
  const options = command.opts<UpOptions>();
  const log = createOperatorLog(options.log, options.verbose === true, process.stderr);
  checkKmsOptions(options);
  const tls = readTls(options);
  const targets = await deliveryTargets(options);
  const kmsKeyholder = await profileCredentials(options.kmsProfile);
  const directory = dataDirectory(options.data);

  // Heard from here on, so that a start that is cut short is undone too.
  const ended = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, resolve);
  });
  const gangway = await startLocalGangway({
    directory,
    ...(options.rootKey !== undefined && { rootKey: options.rootKey }),
    host: options.host,
    port: options.port,
    region: options.region,
    accountId: options.account,
    limits: options.limits ?? Limits.aws,
    keyFiles: [options.rootKey, options.tlsKey].filter((file) => file !== undefined),
    liveSessions: options.liveSessions,
    recordDefaults: {
      record: options.record,
      input: options.recordInput ?? false,
      live: options.recordLive ?? false,
    },
    ...(options.keepRecords !== undefined && { recordingRetentionDays: options.keepRecords }),
    recordSync: options.recordSync,
    targets,
    ...(options.vpcEndpoints && { vpcEndpoints: options.vpcEndpoints }),
    ...(options.vpc !== undefined && { vpc: readVpcFile(options.vpc, options.region) }),
    agent: options.agent,
    runtime: options.runtime,
    log,
    ...(tls && { tls }),
    ...(options.kms !== undefined && {
      kms: { endpointUrl: options.kms, ...(kmsKeyholder && { credentials: kmsKeyholder }) },
    }),
    ...(options.kmsProxy !== undefined && { kmsProxyPort: options.kmsProxy === true ? 0 : options.kmsProxy }),
  });
  log.info({ limits: String(options.limits ?? Limits.aws) }, "which of AWS's limits hold");
  if (gangway.sandboxUnavailable !== undefined) {
    log.warn({ reason: gangway.sandboxUnavailable }, 'tasks with image host or rootfs: cannot run on this machine');
  }
  if (gangway.created)
    log.info({ directory, account: gangway.accountId }, 'new account with an administrator and its key');
  process.stdout.write(`ready ${gangway.url}\n`);

  const signal = await ended;
  log.info({ signal }, 'stopping');
  await gangway.stop();
  return 0;
}
