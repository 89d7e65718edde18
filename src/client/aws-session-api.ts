import { AwsError } from '../platform/aws/aws-error.js';
import type { AwsCall } from './aws-call.js';
import { type SessionApi, SessionRefused } from './session-api.js';

/** Errors that another attempt may not meet: throttling, and whatever is the service's own fault. */
function passes(error: AwsError): boolean {
  return error.fault === 'server' || error.status === 429 || error.code.startsWith('Throttling');
}

/** ResumeSession and TerminateSession of SSM. */
export function awsSessionApi(call: AwsCall): SessionApi {
  return {
    async resume(sessionId) {
      try {
        const output = (await call('ssm', 'ResumeSession', { SessionId: sessionId })) as { TokenValue?: string | null };
        // Absent or empty means that the session is over (wire-protocol 5.8).
        return output.TokenValue || undefined;
      } catch (error) {
        if (!(error instanceof AwsError) || passes(error)) throw error;
        throw new SessionRefused(`session ${sessionId} cannot be resumed: ${error.message} (${error.code})`, {
          cause: error,
        });
      }
    },
    async terminate(sessionId) {
      await call('ssm', 'TerminateSession', { SessionId: sessionId });
    },
  };
}
