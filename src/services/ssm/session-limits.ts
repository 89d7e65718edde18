/** Every limit of sessions and their tokens, in one place; each has a test. Times are milliseconds, sizes bytes. */

/** A client must dial within this time of StartSession, ExecuteCommand or ResumeSession. */
export const CLIENT_TOKEN_LIFETIME = 5 * 60_000;
/** An agent dials at once after CreateControlChannel or CreateDataChannel. */
export const AGENT_TOKEN_LIFETIME = 60_000;
/** `TokenValue` may have 300 characters (ecs-api 6.1); 32 random bytes take 43. */
export const TOKEN_BYTES = 32;
/** AWS's fixed idle timeout of ECS Exec (wire-protocol 5.8). */
export const DEFAULT_IDLE_TIMEOUT = 20 * 60_000;
/** A session is ended when its client never came, or its agent stayed away, for this long. */
export const DEFAULT_ORPHAN_TIMEOUT = 5 * 60_000;
/** How often timeouts are looked at. */
export const SWEEP_INTERVAL = 1_000;
/** How often old history and expired tokens are deleted. */
export const PRUNE_INTERVAL = 60 * 60_000;
/** How long ended sessions stay in DescribeSessions, as on AWS (ecs-api 6.1). */
export const HISTORY_LIFETIME = 30 * 24 * 60 * 60_000;
/** Longest text of how a session ended that is stored; agents cut theirs to 2,500 characters (wire-protocol 1.9). */
export const MAX_DETAILS_LENGTH = 4_096;
/** Members of the API with a length (ecs-api 6.1). */
export const MAX_TARGET_LENGTH = 400;
export const MAX_REASON_LENGTH = 256;
export const MAX_SESSION_ID_LENGTH = 96;
export const MAX_DESCRIBE_RESULTS = 200;
export const MAX_DESCRIBE_FILTERS = 6;
