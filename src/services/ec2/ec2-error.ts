import { AwsError } from '../../platform/aws/aws-error.js';

/** Errors of EC2, whose model has none: codes of its reference, texts as it says them. */
export const ec2Error = Object.freeze({
  notFound: (code: string, message: string): AwsError => new AwsError(code, message),

  invalidFilter: (name: string | undefined): AwsError =>
    new AwsError('InvalidParameterValue', `The filter '${name ?? 'null'}' is invalid`),

  invalidValue: (message: string): AwsError => new AwsError('InvalidParameterValue', message),

  together: (one: string, other: string): AwsError =>
    new AwsError('InvalidParameterCombination', `The parameter ${one} cannot be used with the parameter ${other}`),

  missing: (name: string): AwsError =>
    new AwsError('MissingParameter', `The request must contain the parameter ${name}`),

  dryRun: (): AwsError =>
    new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', { status: 412 }),
});
