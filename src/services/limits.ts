/** What each of AWS's limits forbids; the names are those of `gangway up --limits`. */
export const LIMITS = Object.freeze({
  'running-tasks': 'only tasks started with exec can be entered',
  'readonly-root': 'no exec in a container with a read-only root file system',
  'session-limit': 'a number of sessions per container',
  'pid-namespace': 'one agent per PID namespace',
  'task-role': 'no exec without a task role',
  'async-placement': 'no exec for tasks placed by capacity providers with managed scaling',
  user: 'commands run as root',
  debug: 'commands run with the tools of the container alone',
  'idle-timeout': '20 minutes without a byte end a session',
  'max-duration': 'no maximum duration of sessions can be set',
  'log-retention': "events are kept for one of AWS's numbers of days",
  'log-keys': 'the policy of a log group’s key must allow the service',
} as const);

export type LimitName = keyof typeof LIMITS;

export const LIMIT_NAMES = Object.freeze(Object.keys(LIMITS)) as readonly LimitName[];

/** `aws` and `open` stand for all of them. */
export type LimitsOption = Limits | 'aws' | 'open';

/** Which of AWS's limits hold, and which are open. */
export class Limits {
  readonly #open: ReadonlySet<LimitName>;

  private constructor(open: Iterable<LimitName>) {
    this.#open = new Set(open);
  }

  /** All of them hold. */
  static readonly aws = new Limits([]);
  /** None of them holds. */
  static readonly open = new Limits(LIMIT_NAMES);

  static of(option: LimitsOption): Limits {
    return typeof option === 'string' ? Limits[option] : option;
  }

  /**
   * A list such as `aws,user,idle-timeout` (these two are open) or `open,-user` (all others are). What comes later
   * counts; it begins with `aws` where it does not say. Throws a RangeError that names what there is.
   */
  static parse(text: string): Limits {
    let open = new Set<LimitName>();
    for (const item of text.split(',').map((part) => part.trim())) {
      const [, holds, name = ''] = /^(-?)(.*)$/s.exec(item) ?? [];
      if (item === 'aws') open = new Set();
      else if (item === 'open') open = new Set(LIMIT_NAMES);
      else if (!isLimitName(name)) throw new RangeError(`'${item}' is no limit: ${LIMITS_HINT}`);
      else if (holds === '-') open.delete(name);
      else open.add(name);
    }
    return new Limits(open);
  }

  /** It does not hold. */
  isOpen(name: LimitName): boolean {
    return this.#open.has(name);
  }

  /** As {@link Limits.parse} reads it, in the shorter of the two forms. */
  toString(): string {
    const open = LIMIT_NAMES.filter((name) => this.#open.has(name));
    const held = LIMIT_NAMES.filter((name) => !this.#open.has(name));
    return open.length <= held.length
      ? ['aws', ...open].join(',')
      : ['open', ...held.map((name) => `-${name}`)].join(',');
  }
}

/** For help and refusals. */
export const LIMITS_HINT = `take aws, open, or a list such as aws,user or open,-user of ${LIMIT_NAMES.join(', ')}`;

function isLimitName(name: string): name is LimitName {
  return Object.hasOwn(LIMITS, name);
}
