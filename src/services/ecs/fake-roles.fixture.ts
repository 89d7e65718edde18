import { Secret } from '../../platform/aws/secret.js';
import { type RoleCredentials, RoleRefused, type ServiceRoles } from '../role-credentials.js';

/** Roles that can be taken until they are in `refused`. Every secret it hands out contains `SECRET`. */
export class FakeRoles implements ServiceRoles {
  readonly refused = new Set<string>();
  readonly assumed: { readonly roleArn: string; readonly service: string; readonly sessionName: string }[] = [];
  /** Milliseconds. */
  life = 3_600_000;
  readonly #clock: () => number;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  check(roleArn: string): Promise<void> {
    return this.refused.has(roleArn)
      ? Promise.reject(new RoleRefused('the trust policy does not name it'))
      : Promise.resolve();
  }

  async assume(roleArn: string, service: string, sessionName: string): Promise<RoleCredentials> {
    await this.check(roleArn);
    const number = this.assumed.push({ roleArn, service, sessionName });
    return {
      roleArn,
      accessKeyId: `ASIA${number}`,
      secretAccessKey: new Secret(`SECRET-key-${number}`),
      sessionToken: new Secret(`SECRET-token-${number}`),
      expiration: this.#clock() + this.life,
    };
  }
}
