/** An error in one line for the user, with what lies behind it: `connect ECONNREFUSED 127.0.0.1:4580`. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Happy eyeballs collects one error per address and has no message of its own.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ');
  // A whole sentence for the operator needs no more.
  if (error.message.endsWith('.')) return error.message;
  const cause = error.cause === undefined ? '' : messageOf(error.cause);
  return cause === '' || error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}
