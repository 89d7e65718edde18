import type { DeliveryTarget, DeliveryTargets } from '../../agent/delivery/delivery-target.js';
import type { RecordSync } from '../../agent/record/recorders.js';
import { type Command, Option } from './commander.js';
import { profileCredentials, serviceUrl } from './service-option.js';
import { UsageError } from './usage-error.js';

/** How a host records its sessions, and where the copies go. */
export interface HostRecordOptions {
  readonly recordSync: RecordSync;
  /** URL, or `aws`. */
  readonly logs?: string;
  readonly logsProfile?: string;
  readonly s3?: string;
  readonly s3Profile?: string;
}

export function addHostRecordOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--record-sync <when>', 'a record survives the death of any process (os), or a power cut too (always)')
        .choices(['os', 'always'])
        .default('os'),
    )
    .option('--logs <url>', 'CloudWatch Logs that logs go to: a URL, or "aws" (default: the endpoint)', serviceUrl)
    .option('--logs-profile <name>', 'profile whose credentials it knows (default: the task roles and the host)')
    .option('--s3 <url>', 'S3 that records go to: a URL, or "aws" (default: the endpoint)', serviceUrl)
    .option('--s3-profile <name>', 'profile whose credentials it knows (default: the task roles)');
}

/** Throws a UsageError. */
export async function deliveryTargets(options: HostRecordOptions): Promise<DeliveryTargets> {
  const logs = await target('logs', options.logs, options.logsProfile);
  const s3 = await target('s3', options.s3, options.s3Profile);
  return { ...(logs && { logs }), ...(s3 && { s3 }) };
}

async function target(
  name: string,
  endpointUrl: string | undefined,
  profile: string | undefined,
): Promise<DeliveryTarget | undefined> {
  if (endpointUrl === undefined) {
    if (profile !== undefined) throw new UsageError(`--${name}-profile belongs to --${name}`);
    return undefined;
  }
  const credentials = await profileCredentials(profile);
  return { endpointUrl, ...(credentials && { credentials }) };
}
