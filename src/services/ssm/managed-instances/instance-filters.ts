import type { InstanceInformationFilter, InstanceInformationStringFilter } from '@aws-sdk/client-ssm';
import { instanceError } from './instance-error.js';
import { type ManagedInstance, PING_LOST_MS } from './managed-instance.js';

type Keeps = (instance: ManagedInstance) => boolean;

export function pingStatus({ pingedAt }: ManagedInstance, now: number): 'Online' | 'ConnectionLost' {
  return pingedAt !== undefined && now - pingedAt <= PING_LOST_MS ? 'Online' : 'ConnectionLost';
}

/** `Filters` of DescribeInstanceInformation, and the older list, whose keys are the same. */
export function instanceFilter(
  { key, values }: { readonly key: string; readonly values: readonly string[] },
  now: number,
): Keeps {
  const wanted = new Set(values);
  if (key === 'tag-key') return ({ tags }) => Object.keys(tags).some((name) => wanted.has(name));
  if (key.startsWith('tag:')) {
    const name = key.slice('tag:'.length);
    return ({ tags }) => Object.hasOwn(tags, name) && wanted.has(tags[name] ?? '');
  }
  const read: Readonly<Record<string, (instance: ManagedInstance) => string>> = {
    ActivationIds: ({ activationId }) => activationId,
    AgentVersion: ({ agent }) => agent.AgentVersion ?? '',
    AssociationStatus: () => '',
    IamRole: ({ iamRole }) => iamRole,
    InstanceIds: ({ id }) => id,
    PingStatus: (instance) => pingStatus(instance, now),
    PlatformTypes: ({ agent }) => agent.PlatformType ?? '',
    ResourceType: () => 'ManagedInstance',
    SourceIds: ({ id }) => id,
    SourceTypes: () => 'AWS::SSM::ManagedInstance',
  };
  const of = Object.hasOwn(read, key) ? read[key] : undefined;
  if (of === undefined) throw instanceError.invalidFilterKey(`${key} is none of ${Object.keys(read).join(', ')}`);
  return (instance) => wanted.has(of(instance));
}

export function readFilters(
  filters: readonly InstanceInformationStringFilter[] = [],
  older: readonly InstanceInformationFilter[] = [],
  now: number,
): Keeps {
  if (filters.length > 0 && older.length > 0) {
    throw instanceError.invalidFilterKey('Filters and InstanceInformationFilterList cannot be used together');
  }
  const all = [
    ...filters.map(({ Key: key = '', Values: values = [] }) => ({ key, values })),
    ...older.map(({ key = '', valueSet: values = [] }) => ({ key: key, values })),
  ].map((filter) => instanceFilter(filter, now));
  return (instance) => all.every((keeps) => keeps(instance));
}
