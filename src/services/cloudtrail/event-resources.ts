import type { DecidedAccess } from '../../platform/aws/access.js';
import { parseArn } from '../../platform/aws/arn.js';
import type { EventResource } from './cloudtrail-record.js';

/** Of one event; CloudTrail's console shows few. */
export const MAX_RESOURCES = 20;

/** Types as CloudFormation names them, by service and the first word of the ARN's resource. */
const TYPES: Readonly<Record<string, Readonly<Record<string, string>>>> = Object.freeze({
  ecs: {
    cluster: 'AWS::ECS::Cluster',
    service: 'AWS::ECS::Service',
    task: 'AWS::ECS::Task',
    'task-definition': 'AWS::ECS::TaskDefinition',
    'container-instance': 'AWS::ECS::ContainerInstance',
  },
  iam: {
    user: 'AWS::IAM::User',
    group: 'AWS::IAM::Group',
    role: 'AWS::IAM::Role',
    policy: 'AWS::IAM::ManagedPolicy',
    'instance-profile': 'AWS::IAM::InstanceProfile',
  },
  kms: { key: 'AWS::KMS::Key', alias: 'AWS::KMS::Alias' },
  logs: { 'log-group': 'AWS::Logs::LogGroup' },
  ssm: { session: 'AWS::SSM::Session', document: 'AWS::SSM::Document' },
  s3: {},
});

/** The things a request was about: those that its policies were asked for, each once. */
export function resourcesOf(decisions: readonly DecidedAccess[]): EventResource[] {
  const arns = new Set(decisions.map(({ resource }) => resource).filter((arn) => arn !== '*'));
  return [...arns].slice(0, MAX_RESOURCES).map(eventResource);
}

export function eventResource(arn: string): EventResource {
  const { accountId = '', service = '', resource = '' } = parseArn(arn) ?? {};
  return { ...(accountId !== '' && { accountId }), type: typeOf(service, resource), ARN: arn };
}

function typeOf(service: string, resource: string): string {
  if (service === 's3') return resource.includes('/') ? 'AWS::S3::Object' : 'AWS::S3::Bucket';
  const word = /^[a-z-]+/.exec(resource)?.[0] ?? '';
  const types = Object.hasOwn(TYPES, service) ? TYPES[service] : undefined;
  return types !== undefined && Object.hasOwn(types, word) ? (types[word] ?? '') : `AWS::${service.toUpperCase()}`;
}
