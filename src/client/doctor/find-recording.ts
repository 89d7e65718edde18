import type { DoctorApi } from './doctor-api.js';
import { ask, type Fact } from './fact.js';
import type { BucketTarget, Container, ExecConfiguration, Key, LogGroup, LogTarget, TaskDefinition } from './facts.js';

/** Where the configuration sends the record of a session in one of these containers (ecs-api 5). */
export function recordingTargets(
  configuration: ExecConfiguration | undefined,
  definition: TaskDefinition | undefined,
  containers: readonly Container[],
): { readonly logTarget?: LogTarget; readonly bucketTarget?: BucketTarget } {
  const { logging = 'DEFAULT', logConfiguration: log } = configuration ?? {};
  if (logging === 'NONE') return {};
  if (logging === 'DEFAULT') {
    const names = new Set(containers.map(({ name }) => name));
    const own = definition?.containerDefinitions.find(
      ({ name, logConfiguration }) => names.has(name) && logConfiguration?.logDriver === 'awslogs',
    );
    const group = own?.logConfiguration?.options?.['awslogs-group'];
    return group === undefined ? {} : { logTarget: { name: group, mustBeEncrypted: false, from: 'container' } };
  }
  const { cloudWatchLogGroupName: group, s3BucketName: bucket } = log ?? {};
  return {
    ...(group !== undefined && {
      logTarget: { name: group, mustBeEncrypted: log?.cloudWatchEncryptionEnabled === true, from: 'cluster' },
    }),
    ...(bucket !== undefined && {
      bucketTarget: { name: bucket, prefix: log?.s3KeyPrefix, mustBeEncrypted: log?.s3EncryptionEnabled === true },
    }),
  };
}

export function describeKey(api: DoctorApi, keyId: string): Promise<Fact<Key | undefined>> {
  return ask(async () => {
    const { KeyMetadata: key } = (await api.json('kms', 'DescribeKey', { KeyId: keyId })) as {
      readonly KeyMetadata?: { readonly Arn?: string; readonly KeyState?: string; readonly KeyUsage?: string };
    };
    return { arn: key?.Arn ?? keyId, keyState: key?.KeyState ?? '', keyUsage: key?.KeyUsage ?? '' };
  }, ['NotFoundException']);
}

export function describeLogGroup(api: DoctorApi, name: string): Promise<Fact<LogGroup | undefined>> {
  return ask(async () => {
    // The group of exactly this name is the first of those that begin with it.
    const { logGroups = [] } = (await api.json('logs', 'DescribeLogGroups', { logGroupNamePrefix: name })) as {
      readonly logGroups?: readonly LogGroup[];
    };
    return logGroups.find(({ logGroupName }) => logGroupName === name);
  });
}

/** Algorithm of the bucket's encryption; empty: none. */
export async function describeBucket(api: DoctorApi, bucket: string): Promise<Fact<string | undefined>> {
  const answer = await ask(() => api.bucketEncryption(bucket), ['NoSuchBucket']);
  if (!answer.known && answer.code === 'ServerSideEncryptionConfigurationNotFoundError')
    return { known: true, value: '' };
  return answer;
}
