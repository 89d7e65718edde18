/** A WebSocket that did not come about because the other side answered with something else than 101. */
export class UpgradeRefused extends Error {
  override readonly name = 'UpgradeRefused';
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super(`the WebSocket was refused with HTTP status ${status}${body === '' ? '' : `: ${body}`}`);
    this.status = status;
    this.body = body;
  }
}
