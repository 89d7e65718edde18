/** No usable credentials; the message says what was found and what to do. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
}
