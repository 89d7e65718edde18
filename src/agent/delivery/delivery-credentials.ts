import { AwsError } from '../../platform/aws/aws-error.js';
import { renewedCredentials } from '../../platform/aws/configuration/renewed-credentials.js';
import type { Credentials } from '../../platform/aws/credentials.js';
import type { Clock } from '../clock.js';
import type { Role } from '../record/delivery.js';

/** What services say of credentials whose time is over, or whose session was ended. */
const OVER: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidToken',
  'UnrecognizedClientException',
]);

export interface DeliveryCredentialsOptions {
  readonly role: Role;
  /** For a task without a role. */
  readonly host: () => Promise<Credentials>;
  /** Of the same role, from the endpoint, when the task and its own are gone. */
  readonly late: () => Promise<Credentials>;
  readonly clock: Clock;
}

/** Whose hand a session's copies are written with: its task's role, as long as the task is there and afterwards. */
export class DeliveryCredentials {
  readonly #options: DeliveryCredentialsOptions;
  #late: (() => Promise<Credentials>) | undefined;

  constructor(options: DeliveryCredentialsOptions) {
    this.#options = options;
  }

  /** Asked before every request. */
  readonly get = async (): Promise<Credentials> => {
    const { role, host, clock } = this.#options;
    if (role === undefined) return host();
    if (this.#late !== undefined) return this.#late();
    const own = await role().catch(() => undefined);
    if (own !== undefined && (own.expires ?? Infinity) > clock.now()) return own;
    return this.#beLate()();
  };

  /** A service has refused a request: it may be that what signed it is void. */
  refused(error: unknown): void {
    if (this.#options.role !== undefined && error instanceof AwsError && OVER.has(error.code)) this.#beLate();
  }

  #beLate(): () => Promise<Credentials> {
    const { late, clock } = this.#options;
    return (this.#late = renewedCredentials(late, () => clock.now()));
  }
}
