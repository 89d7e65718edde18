/** What a client is told when ExecuteCommand has started a session. */
export interface ClientSession {
  readonly sessionId: string;
  readonly streamUrl: string;
  /** Good for one connection. */
  readonly tokenValue: string;
}

/** The calls a session makes while it lasts. */
export interface SessionApi {
  /**
   * `ssm:ResumeSession`: a new token, or undefined when the session is over. Rejects when the endpoint cannot be
   * reached (worth another try) or refuses for good ({@link SessionRefused}).
   */
  resume(sessionId: string): Promise<string | undefined>;
  /** `ssm:TerminateSession`. */
  terminate(sessionId: string): Promise<void>;
}

/** The endpoint answered, and the answer will not change by asking again. */
export class SessionRefused extends Error {
  override readonly name = 'SessionRefused';
}
