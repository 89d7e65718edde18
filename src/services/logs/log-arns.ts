import { logsError } from './logs-error.js';

/** Whose groups these are. */
export interface LogsHome {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

/** The names of groups and streams (ecs-api 2), and back. */
export class LogArns {
  readonly #prefix: string;

  constructor({ partition, region, accountId }: LogsHome) {
    this.#prefix = `arn:${partition}:logs:${region}:${accountId}:log-group:`;
  }

  /** Without the `:*` that policies write; also the encryption context of the group's key. */
  group(name: string): string {
    return `${this.#prefix}${name}`;
  }

  /** What most operations on a group are authorized on. */
  inGroup(name: string): string {
    return `${this.#prefix}${name}:*`;
  }

  stream(group: string, stream: string): string {
    return `${this.#prefix}${group}:log-stream:${stream}`;
  }

  /** What DescribeLogGroups is authorized on: no group at all. */
  everything(): string {
    return `${this.#prefix}:log-stream:`;
  }

  /** The group of an ARN, with or without `:*`; undefined: it is none of this account and region. */
  nameOf(arn: string): string | undefined {
    if (!arn.startsWith(this.#prefix)) return undefined;
    const name = arn.slice(this.#prefix.length).replace(/:\*$/, '');
    return /^[.\-_/#A-Za-z0-9]{1,512}$/.test(name) ? name : undefined;
  }

  /** A group by its name, or by `logGroupIdentifier`, which is a name or an ARN. */
  groupOf(input: {
    readonly logGroupName?: string | undefined;
    readonly logGroupIdentifier?: string | undefined;
  }): string {
    const { logGroupName: name, logGroupIdentifier: identifier } = input;
    if (name !== undefined && identifier !== undefined) {
      throw logsError.invalid('You can specify either logGroupName or logGroupIdentifier, but not both.');
    }
    const given = name ?? identifier;
    if (given === undefined) throw logsError.missing('logGroupName');
    if (!given.startsWith('arn:')) return given;
    const found = this.nameOf(given);
    if (found === undefined) throw logsError.invalid('The specified log group identifier is not valid.');
    return found;
  }
}
