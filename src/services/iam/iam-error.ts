import { AwsError } from '../../platform/aws/aws-error.js';
import type { EntityKind } from './entity.js';

/** Errors of IAM: codes and statuses of its model, texts as AWS says them. */

export function noSuchEntity(message: string): AwsError {
  return new AwsError('NoSuchEntity', message, { status: 404 });
}

export function entityAlreadyExists(message: string): AwsError {
  return new AwsError('EntityAlreadyExists', message, { status: 409 });
}

export function deleteConflict(message: string): AwsError {
  return new AwsError('DeleteConflict', message, { status: 409 });
}

export function limitExceeded(message: string): AwsError {
  return new AwsError('LimitExceeded', message, { status: 409 });
}

/** `what` is AWS's name of the quota, for example `AccessKeysPerUser`. */
export function quotaExceeded(what: string, quota: number): AwsError {
  return limitExceeded(`Cannot exceed quota for ${what}: ${quota}`);
}

export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message);
}

export function invalidInput(message: string): AwsError {
  return new AwsError('InvalidInput', message);
}

export function malformedPolicyDocument(message: string): AwsError {
  return new AwsError('MalformedPolicyDocument', message);
}

export function policyNotAttachable(message: string): AwsError {
  return new AwsError('PolicyNotAttachable', message);
}

/** Of a role that only its service may change. */
export function protectedRole(name: string): AwsError {
  return new AwsError(
    'UnmodifiableEntity',
    `Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`,
  );
}

const NOUNS: Readonly<Record<Exclude<EntityKind, 'policy'>, string>> = Object.freeze({
  user: 'user',
  group: 'group',
  role: 'role',
  'instance-profile': 'Instance Profile',
});

export function notFound(kind: Exclude<EntityKind, 'policy'>, name: string): AwsError {
  if (kind === 'instance-profile') return noSuchEntity(`Instance Profile ${name} cannot be found.`);
  return noSuchEntity(`The ${NOUNS[kind]} with name ${name} cannot be found.`);
}

export function alreadyThere(kind: EntityKind, name: string): AwsError {
  if (kind === 'policy') {
    return entityAlreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
  }
  if (kind === 'instance-profile') return entityAlreadyExists(`Instance Profile ${name} already exists.`);
  const noun = NOUNS[kind];
  return entityAlreadyExists(`${noun.charAt(0).toUpperCase()}${noun.slice(1)} with name ${name} already exists.`);
}
