/** The command line is wrong; `message` names what in it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
