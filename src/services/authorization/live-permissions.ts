import { AccessDenied, type AccessQuestion, type Authorization } from '../../platform/aws/access.js';
import type { LivePermissions, LiveSession } from '../session-ports.js';

export interface LivePermissionsOptions {
  readonly authorization: Authorization;
  /** Grows with every change that may take a permission away. */
  readonly version: () => number;
  /** What whoever starts this session must be allowed; undefined when its container is no longer there. */
  readonly question: (session: LiveSession) => Promise<AccessQuestion | undefined>;
  readonly region: string;
}

/** Asks again what was asked when a session began, as the caller it began with and from where. */
export function createLivePermissions(options: LivePermissionsOptions): LivePermissions {
  const { authorization, version, question, region } = options;
  return {
    version,
    async mayStillExec(session) {
      const { sessionId, starter } = session;
      // Of sessions from before this was kept nobody can say.
      if (starter === undefined) return true;
      const asked = await question(session);
      if (asked === undefined) return true;
      try {
        await authorization.require(asked, { ...starter, requestId: sessionId, region, endpointUrl: '' });
        return true;
      } catch (error) {
        if (error instanceof AccessDenied) return false;
        throw error;
      }
    },
  };
}
