import { hostname, networkInterfaces } from 'node:os';
import { readFile } from 'node:fs/promises';
import type { Clock } from '../clock.js';
import { type EndpointAccess, endpointClient } from '../endpoint-access.js';
import type { Log } from '../log.js';
import { VERSION_INFO } from './container-instance.js';
import { SSM_TARGET_PREFIX } from './managed-identity.js';

/** As often as AWS's agent. */
export const PING_MS = 5 * 60_000;

/** Tells Systems Manager that a managed instance is there, until it is stopped. A ping that fails is only logged. */
export function startInstancePings(options: {
  readonly access: EndpointAccess;
  readonly instanceId: string;
  readonly clock: Clock;
  readonly log: Log;
}): { stop(): void } {
  const { access, instanceId, clock, log } = options;
  const client = endpointClient(access);
  let cancel: (() => void) | undefined;
  let stopped = false;
  let failed = false;

  async function ping(): Promise<void> {
    try {
      await client.json('ssm', SSM_TARGET_PREFIX, 'UpdateInstanceInformation', {
        InstanceId: instanceId,
        AgentName: 'gangway',
        AgentStatus: 'Active',
        AgentVersion: VERSION_INFO.agentVersion,
        ...(await aboutMachine()),
      });
      failed = false;
    } catch (error) {
      // Once, not every five minutes: nothing depends on it but what DescribeInstanceInformation shows.
      if (!failed) log.warn({ err: error, instanceId }, 'Systems Manager was not told that this host is there');
      failed = true;
    }
    if (!stopped) cancel = clock.after(PING_MS, () => void ping());
  }

  void ping();
  return {
    stop() {
      stopped = true;
      cancel?.();
      client.close();
    },
  };
}

async function aboutMachine(): Promise<Record<string, string>> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const field = (name: string): string => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(release)?.[1] ?? '';
  const addresses = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  const address = addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address;
  return {
    PlatformType: 'Linux',
    PlatformName: field('NAME') || 'Linux',
    PlatformVersion: field('VERSION_ID'),
    ComputerName: hostname().slice(0, 255),
    ...(address !== undefined && { IPAddress: address }),
  };
}
