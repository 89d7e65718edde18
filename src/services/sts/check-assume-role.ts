import type { AssumeRoleRequest } from '@aws-sdk/client-sts';
import { requirePolicy } from '../../core/policy/parse-policy.js';
import { MalformedPolicy } from '../../core/policy/policy-problem.js';
import { AwsError } from '../../platform/aws/aws-error.js';

const MAX_POLICY_LENGTH = 2048;
const MAX_POLICY_ARNS = 10;
const nameForm = /^[\w+=,.@-]{2,64}$/;
const externalIdForm = /^[\w+=,.@:/-]{2,1224}$/;

/** Throws ValidationError and the like, in AWS's words. */
export function checkAssumeRole(input: AssumeRoleRequest): void {
  const { RoleArn = '', RoleSessionName = '', DurationSeconds, Policy, ExternalId, SourceIdentity } = input;
  const { Tags = [], PolicyArns = [], TransitiveTagKeys = [] } = input;
  if (!/^arn:[^:]+:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/.test(RoleArn)) throw invalid(`${RoleArn} is invalid`);
  checkForm('roleSessionName', RoleSessionName, nameForm);
  if (ExternalId !== undefined) checkForm('externalId', ExternalId, externalIdForm);
  if (SourceIdentity !== undefined) checkForm('sourceIdentity', SourceIdentity, nameForm);
  if (DurationSeconds !== undefined && !(DurationSeconds >= 900 && DurationSeconds <= 43_200)) {
    const bound = DurationSeconds < 900 ? 'greater than or equal to 900' : 'less than or equal to 43200';
    throw violated(String(DurationSeconds), 'durationSeconds', `have value ${bound}`);
  }
  if (Tags.length > 50) throw violated(`[${Tags.length} items]`, 'tags', 'have length less than or equal to 50');
  const keys = new Set(Tags.map(({ Key = '' }) => Key.toLowerCase()));
  if (keys.size < Tags.length)
    throw new AwsError(
      'InvalidParameterValue',
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    );
  for (const { Key = '', Value = '' } of Tags) {
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(Key)) throw violated(Key, 'tags.1.member.key', 'be a tag key');
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(Value))
      throw violated(Value, 'tags.1.member.value', 'be a tag value');
  }
  if (PolicyArns.length > MAX_POLICY_ARNS) {
    throw violated(
      `[${PolicyArns.length} items]`,
      'policyArns',
      `have length less than or equal to ${MAX_POLICY_ARNS}`,
    );
  }
  for (const [index, { arn = '' }] of PolicyArns.entries()) {
    if (arn.length < 20 || arn.length > 2048) {
      const bound = arn.length < 20 ? 'greater than or equal to 20' : 'less than or equal to 2048';
      throw violated(arn.slice(0, 64), `policyArns.${index + 1}.member.arn`, `have length ${bound}`);
    }
  }
  if (TransitiveTagKeys.length > 50) {
    throw violated(`[${TransitiveTagKeys.length} items]`, 'transitiveTagKeys', 'have length less than or equal to 50');
  }
  if (Policy !== undefined) checkPolicy(Policy);
}

function checkPolicy(document: string): void {
  if (document.length > MAX_POLICY_LENGTH) {
    throw violated(document.slice(0, 64), 'policy', `have length less than or equal to ${MAX_POLICY_LENGTH}`);
  }
  try {
    requirePolicy(document, 'identity');
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    throw new AwsError('MalformedPolicyDocument', error.message);
  }
}

function checkForm(place: string, value: string, form: RegExp): void {
  if (!form.test(value))
    throw violated(value, place, `satisfy regular expression pattern: ${form.source.slice(1, -1)}`);
}

export function violated(value: string, place: string, must: string): AwsError {
  return invalid(
    `1 validation error detected: Value '${value}' at '${place}' failed to satisfy constraint: Member must ${must}`,
  );
}

export function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
