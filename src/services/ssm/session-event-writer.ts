import type { SessionEvent, SessionEvents } from '../session-ports.js';
import type { SessionLog } from './session-environment.js';
import type { SessionRecord } from './session-record.js';

/** Tells whoever listens of the steps of sessions. A listener that fails does no harm to them. */
export class SessionEventWriter {
  readonly #listener: SessionEvents;
  readonly #log: SessionLog;

  constructor(listener: SessionEvents, log: SessionLog) {
    this.#listener = listener;
    this.#log = log;
  }

  /** An empty reason is none. */
  write(
    type: SessionEvent['type'],
    { sessionId, target, owner, documentName, startDate, freedom, usage }: SessionRecord,
    { by, reason = '', time }: { readonly by?: string | undefined; readonly reason?: string; readonly time: number },
  ): void {
    const event: SessionEvent = {
      type,
      sessionId,
      target,
      owner,
      documentName,
      ...(by !== undefined && { by }),
      ...(reason !== '' && { reason }),
      time,
      startDate,
      ...(type === 'ended' && usage && { usage }),
      ...(freedom && { freedom }),
    };
    try {
      this.#listener(event);
    } catch (error) {
      this.#log.warn({ sessionId, type, error }, 'a step of a session could not be told to the audit');
    }
  }
}
