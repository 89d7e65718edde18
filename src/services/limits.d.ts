/** What each of AWS's limits forbids; the names are those of `gangway up --limits`. */
export declare const LIMITS: Readonly<{
    readonly 'running-tasks': "only tasks started with exec can be entered";
    readonly 'readonly-root': "no exec in a container with a read-only root file system";
    readonly 'session-limit': "a number of sessions per container";
    readonly 'pid-namespace': "one agent per PID namespace";
    readonly 'task-role': "no exec without a task role";
    readonly user: "commands run as root";
    readonly debug: "commands run with the tools of the container alone";
    readonly 'idle-timeout': "20 minutes without a byte end a session";
    readonly 'max-duration': "no maximum duration of sessions can be set";
    readonly 'log-retention': "events are kept for one of AWS's numbers of days";
    readonly 'log-keys': "the policy of a log group’s key must allow the service";
}>;
export type LimitName = keyof typeof LIMITS;
export declare const LIMIT_NAMES: readonly LimitName[];
/** `aws` and `open` stand for all of them. */
export type LimitsOption = Limits | 'aws' | 'open';
/** Which of AWS's limits hold, and which are open. */
export declare class Limits {
    #private;
    private constructor();
    /** All of them hold. */
    static readonly aws: Limits;
    /** None of them holds. */
    static readonly open: Limits;
    static of(option: LimitsOption): Limits;
    /**
     * A list such as `aws,user,idle-timeout` (these two are open) or `open,-user` (all others are). What comes later
     * counts; it begins with `aws` where it does not say. Throws a RangeError that names what there is.
     */
    static parse(text: string): Limits;
    /** It does not hold. */
    isOpen(name: LimitName): boolean;
    /** As {@link Limits.parse} reads it, in the shorter of the two forms. */
    toString(): string;
}
/** For help and refusals. */
export declare const LIMITS_HINT: string;
