import type { AwsCall } from './aws-call.js';

/** What a session shall be that AWS's cannot; ExecuteCommand's member `gangway`. */
export interface AskedFreedom {
  /** Instead of root. */
  readonly user?: string;
  /** A toolbox, of the host's own tools or of an image of Docker's. */
  readonly debug?: boolean;
  readonly debugImage?: string;
}

/** The endpoint does not know what was asked for: AWS, or a Gangway of another age. The session has been ended. */
export class NoSuchFreedom extends Error {
  override readonly name = 'NoSuchFreedom';
}

const OPTIONS: Readonly<Record<keyof AskedFreedom, string>> = {
  user: '--user',
  debug: '--debug',
  debugImage: '--debug-image',
};

/**
 * Whether the answer says that everything was granted. An endpoint that passes over the member has started a session
 * as root, which nobody asked for: it is ended before a byte of it is read.
 */
export async function requireGranted(
  call: AwsCall,
  sessionId: string,
  asked: AskedFreedom,
  granted: AskedFreedom | null | undefined,
): Promise<void> {
  const names = Object.keys(OPTIONS) as (keyof AskedFreedom)[];
  const missing = names.filter((name) => asked[name] !== undefined && granted?.[name] !== asked[name]);
  if (missing.length === 0) return;
  const options = missing.map((name) => OPTIONS[name]).join(' and ');
  const ended = await call('ssm', 'TerminateSession', { SessionId: sessionId }).then(
    () => 'The session has been ended.',
    (error: unknown) =>
      `The session ${sessionId} could not be ended: ${error instanceof Error ? error.message : String(error)}`,
  );
  throw new NoSuchFreedom(`this endpoint has no ${options}: it is AWS, or a Gangway that does not know it. ${ended}`);
}
