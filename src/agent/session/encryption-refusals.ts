const notEncrypted = (what: string, short: string): string =>
  `We couldn't start the session because encryption is not set up on the selected ${what}. ` +
  `Either encrypt the ${short} or choose an option to enable logging without encryption.`;
const notValidated = (what: string, cause: string): string =>
  `Couldn't start the session because we are unable to validate encryption on ${what}. Error: ${cause}`;

/** AWS's words where a record must be encrypted and would not be, or where that cannot be seen (wire-protocol 7.4). */
export const GROUP_NOT_ENCRYPTED = notEncrypted('CloudWatch Logs log group', 'log group');
export const BUCKET_NOT_ENCRYPTED = notEncrypted('Amazon S3 bucket', 'bucket');
export const groupNotValidated = (cause: string): string => notValidated('CloudWatch Logs log group', cause);
export const bucketNotValidated = (cause: string): string => notValidated('Amazon S3 bucket', cause);
