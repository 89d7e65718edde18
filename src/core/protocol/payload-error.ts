/** A payload or text frame that does not say what its type promises. `field` names the culprit, never its value. */
export class PayloadError extends Error {
  override readonly name = 'PayloadError';
  /** For example `HandshakeRequest.AgentVersion`. */
  readonly field: string;

  constructor(field: string, problem: string) {
    super(`${field} ${problem}`);
    this.field = field;
  }
}
