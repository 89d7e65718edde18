import { AwsError } from '../../../platform/aws/aws-error.js';

/**
 * Refusals about activations and managed instances. Codes are the service model's; where AWS's text is not known, the
 * code stands alone, as `ActivationExpired` does on AWS (amazon-ssm-agent, issue 134).
 */
export const instanceError = Object.freeze({
  /** The text that Terraform's provider waits for when a role was made a moment ago. */
  role: (roleArn: string, reason: string) =>
    new AwsError(
      'ValidationException',
      `Nonexistent role or missing ssm service principal in trust policy: ${roleArn}`,
      { reason },
    ),
  /** A guess: the model only says that the date may be up to 30 days ahead. */
  expiration: () => new AwsError('ValidationException', 'The expiration date must be in the next 30 days.'),
  invalidActivation: (reason: string) => new AwsError('InvalidActivation', '', { reason }),
  activationExpired: (reason: string) => new AwsError('ActivationExpired', '', { reason }),
  registrationLimit: (reason: string) => new AwsError('RegistrationLimitExceeded', '', { reason }),
  alreadyRegistered: () =>
    new AwsError('InstanceAlreadyRegistered', '', { reason: 'the public key is that of another managed instance' }),
  invalidPublicKey: (reason: string) => new AwsError('InvalidPublicKey', '', { reason }),
  keyAlreadyRegistered: () => new AwsError('PublicKeyAlreadyRegistered', ''),
  fingerprint: (reason: string) => new AwsError('MachineFingerprintDoesNotMatch', '', { reason }),
  invalidActivationId: (id: string) => new AwsError('InvalidActivationId', `Invalid activation id: ${id}`),
  /** AWS's own text (amazon-ssm-agent, issue 381). */
  noInstance: (id: string) => new AwsError('InvalidInstanceId', `Not existing InstanceId ${id}`),
  notItself: (id: string, reason: string) =>
    new AwsError('InvalidInstanceId', `Not existing InstanceId ${id}`, { reason }),
  invalidFilter: (message: string) => new AwsError('InvalidFilter', message),
  /** On AWS without a text. */
  invalidFilterKey: (reason: string) => new AwsError('InvalidFilterKey', '', { reason }),
  invalidFilterValue: (message: string) => new AwsError('InvalidInstanceInformationFilterValue', message),
  duplicateTags: (key: string) => new AwsError('ValidationException', `Duplicate tag keys found: ${key}`),
  reservedTag: (key: string) =>
    new AwsError('ValidationException', `Tag key ${key} is reserved: keys cannot start with aws:`),
  tooManyTags: () => new AwsError('TooManyTagsError', ''),
  resourceId: (id: string) => new AwsError('InvalidResourceId', '', { reason: `there is no managed instance ${id}` }),
  resourceType: (type: string) =>
    new AwsError('InvalidResourceType', '', { reason: `only ManagedInstance has tags here, not ${type}` }),
});
