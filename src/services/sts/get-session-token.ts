import {
  GetSessionTokenRequest$,
  GetSessionTokenResponse$,
  type GetSessionTokenRequest,
  type GetSessionTokenResponse,
} from '@aws-sdk/client-sts';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { Operation, RequestContext } from '../../platform/aws/service.js';
import { violated } from './check-assume-role.js';
import { sessionOutput } from './session-output.js';
import type { StsSessions } from './sts-sessions.js';

const MIN_SECONDS = 900;
const MAX_SECONDS = 129_600;
const DEFAULT_SECONDS = 43_200;
const ROOT_SECONDS = 3600;

/** Temporary credentials of the caller's own. Needs no permission; whoever has temporary ones cannot renew them so. */
export function getSessionToken({
  sessions,
  clock,
}: {
  readonly sessions: StsSessions;
  readonly clock: () => number;
}): Operation<GetSessionTokenRequest, GetSessionTokenResponse> {
  return {
    name: 'GetSessionToken',
    input: GetSessionTokenRequest$,
    output: GetSessionTokenResponse$,
    access: () => [],

    async run(input, { caller }: RequestContext) {
      const { DurationSeconds: asked, SerialNumber, TokenCode } = input;
      if (asked !== undefined && !(asked >= MIN_SECONDS && asked <= MAX_SECONDS)) {
        const bound =
          asked < MIN_SECONDS ? `greater than or equal to ${MIN_SECONDS}` : `less than or equal to ${MAX_SECONDS}`;
        throw violated(String(asked), 'durationSeconds', `have value ${bound}`);
      }
      if (caller.session !== undefined || caller.temporary !== undefined) {
        throw denied('Cannot call GetSessionToken with session credentials');
      }
      // Nobody has a device here, so that no code can be right.
      if (SerialNumber !== undefined || TokenCode !== undefined) {
        throw denied('MultiFactorAuthentication failed with invalid MFA one time pass code. ');
      }
      const longest = caller.type === 'root' ? ROOT_SECONDS : MAX_SECONDS;
      const { accountId, arn, userId, type } = caller;
      const own = { accountId, arn, userId, type, temporary: { issuedAt: clock() } };
      return { Credentials: sessionOutput(await sessions.create(own, Math.min(asked ?? DEFAULT_SECONDS, longest))) };
    },
  };
}

function denied(message: string): AwsError {
  return new AwsError('AccessDenied', message, { status: 403 });
}
