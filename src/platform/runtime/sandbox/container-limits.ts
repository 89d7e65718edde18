import type { ContainerSettings } from '../../../core/protocol/container-settings.js';
import { startRefusal } from './start-refusal.js';

/** RLIMIT_* on x64 and arm64, by the names a task definition has. */
const resources: Readonly<Record<string, number>> = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
};

const UNLIMITED = 2n ** 64n - 1n;

/** Linux's, by their numbers (linux/capability.h). */
const capabilities = [
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE',
  'NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN',
  'SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE',
  'MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE',
].flatMap((line) => line.split(' '));

/** What each container has: `kept` of native/process.c, which has the reasons. */
const given: ReadonlySet<string> = new Set(
  'CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE SYS_CHROOT AUDIT_WRITE SETFCAP'.split(
    ' ',
  ),
);

/** Arguments for a container and for what enters it. Throws {@link StartError}, by name, for what cannot be. */
export function limitArguments(settings: ContainerSettings = {}): string[] {
  return [...(settings.ulimits ?? []).flatMap(ulimitArguments), ...capabilityArguments(settings.capabilities)];
}

function ulimitArguments({ name, softLimit, hardLimit }: NonNullable<ContainerSettings['ulimits']>[number]): string[] {
  const resource = resources[name];
  if (resource === undefined) throw startRefusal(`invalid ulimit type: ${name}`);
  const [soft, hard] = [limitValue(name, softLimit), limitValue(name, hardLimit)];
  if (soft > hard) {
    throw startRefusal(`ulimit soft limit must be less than or equal to hard limit: ${softLimit} > ${hardLimit}`);
  }
  return ['--limit', String(resource), String(soft), String(hard)];
}

/** -1 is none, as with Docker. */
function limitValue(name: string, limit: number): bigint {
  if (limit === -1) return UNLIMITED;
  if (!Number.isSafeInteger(limit) || limit < 0) throw startRefusal(`invalid ulimit ${name}: ${limit}`);
  return BigInt(limit);
}

function capabilityArguments(changes: ContainerSettings['capabilities']): string[] {
  if (changes === undefined) return [];
  const kept = new Set(given);
  for (const name of changes.drop) {
    if (bareName(name) === 'ALL') kept.clear();
    else kept.delete(known('CapDrop', name));
  }
  for (const name of changes.add) {
    const wanted = bareName(name) === 'ALL' ? 'ALL' : known('CapAdd', name);
    if (!given.has(wanted)) {
      throw startRefusal(`the sandbox gives no capability ${wanted}: use an image of Docker's`);
    }
    kept.add(wanted);
  }
  const mask = [...kept].reduce((sum, name) => sum | (1n << BigInt(capabilities.indexOf(name))), 0n);
  return ['--capabilities', mask.toString(16)];
}

function known(list: 'CapAdd' | 'CapDrop', name: string): string {
  const bare = bareName(name);
  if (!capabilities.includes(bare)) throw startRefusal(`invalid ${list}: unknown capability: "${name}"`);
  return bare;
}

function bareName(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, '');
}
