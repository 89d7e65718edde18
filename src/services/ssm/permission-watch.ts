import { SessionText } from '../ssmmessages/session-text.js';
import type { LivePermissions } from '../session-ports.js';
import type { SessionLog } from './session-environment.js';
import { SessionStatus, type SessionRecord } from './session-record.js';

export interface PermissionWatchOptions {
  readonly active: () => Promise<readonly SessionRecord[]>;
  readonly terminate: (sessionId: string, output: string) => Promise<unknown>;
  readonly permissions: LivePermissions;
  readonly log: SessionLog;
}

/** Ends live sessions whose owner may no longer have them. Looks only when something about permissions has changed. */
export class PermissionWatch {
  readonly #options: PermissionWatchOptions;
  #seen: number | undefined;
  #looking: Promise<void> | undefined;

  constructor(options: PermissionWatchOptions) {
    this.#options = options;
  }

  /** Called often. One look at a time; what changes meanwhile is looked at by the next. */
  look(): void {
    const version = this.#options.permissions.version();
    if (this.#looking !== undefined || version === this.#seen) return;
    this.#looking = this.#review()
      .then(() => void (this.#seen = version))
      .catch((error: unknown) => {
        // Unknown is not revoked: the sessions stay, and are looked at again.
        this.#options.log.warn({ error }, 'the permissions of live sessions could not be looked at; tried again');
      })
      .finally(() => (this.#looking = undefined));
  }

  /** Resolves when no look is under way. */
  async idle(): Promise<void> {
    await this.#looking;
  }

  async #review(): Promise<void> {
    const { active, terminate, permissions, log } = this.#options;
    for (const session of await active()) {
      if (session.status === SessionStatus.Terminating || (await permissions.mayStillExec(session))) continue;
      const { sessionId, target, owner } = session;
      log.info({ sessionId, target, owner }, 'session ended: its owner may no longer have it');
      await terminate(sessionId, SessionText.PermissionRevoked);
    }
  }
}
