import { invalidInput, notFound } from '../iam/iam-error.js';
import type { IdentityKind } from '../iam/entity.js';
import type { AwsError } from '../../platform/aws/aws-error.js';

/** A user, group or role, as its ARN tells. */
export interface EntityArn {
  readonly arn: string;
  readonly accountId: string;
  readonly kind: IdentityKind;
  readonly name: string;
}

const ENTITY = /^arn:[\w-]+:iam::(\d{12}):(user|group|role)\/(?:[\x21-\x7e]*\/)?([\w+=,.@-]+)$/;

/** Undefined: the ARN is that of something else. */
export function parseEntityArn(arn: string): EntityArn | undefined {
  const [, accountId, kind, name] = ENTITY.exec(arn) ?? [];
  if (accountId === undefined || kind === undefined || name === undefined) return undefined;
  return { arn, accountId, kind: kind as IdentityKind, name };
}

/** Throws InvalidInput, in the words that callers with an assumed role get from AWS. */
export function requireEntityArn(arn: string): EntityArn {
  const entity = parseEntityArn(arn);
  if (entity === undefined) {
    throw invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`);
  }
  return entity;
}

export function noSuchIdentity({ kind, name }: EntityArn): AwsError {
  return notFound(kind, name);
}
