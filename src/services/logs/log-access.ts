import type { AccessQuestion } from '../../platform/aws/access.js';
import { groupStore } from './group-store.js';
import type { LogsParts } from './logs-parts.js';
import { type Tags, tagStore } from './tag-store.js';

type Parts = Pick<LogsParts, 'database' | 'arns'>;
type Conditions = NonNullable<AccessQuestion['conditions']>;

/** What the operations ask the policies (ecs-api 7.5). A group that is not there is asked about as if it were. */
export class LogAccess {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  onGroup(action: string, group: string, conditions: Conditions = {}): Promise<readonly AccessQuestion[]> {
    return this.#on(action, group, this.#parts.arns.inGroup(group), conditions);
  }

  /** The tag operations that take an ARN are authorized on it, without `:*` (the model's word on `logGroupArn`). */
  onBareGroup(action: string, group: string, conditions: Conditions = {}): Promise<readonly AccessQuestion[]> {
    return this.#on(action, group, this.#parts.arns.group(group), conditions);
  }

  onStream(action: string, group: string, stream: string): Promise<readonly AccessQuestion[]> {
    return this.#on(action, group, this.#parts.arns.stream(group, stream), {});
  }

  onEverything(action: string): readonly AccessQuestion[] {
    return [{ action, resources: [{ arn: this.#parts.arns.everything() }] }];
  }

  async #on(action: string, group: string, arn: string, conditions: Conditions): Promise<readonly AccessQuestion[]> {
    const { database } = this.#parts;
    const found = await groupStore.find(database, group);
    const tags = found && (await tagStore.all(database, found.id));
    return [{ action, resources: [{ arn, ...(tags && { tags }) }], conditions }];
  }
}

/** `aws:RequestTag/k` and `aws:TagKeys`; nothing when the request has no tags. */
export function tagConditions(tags: Tags): Conditions {
  const keys = Object.keys(tags);
  if (keys.length === 0) return {};
  return {
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    'aws:TagKeys': keys,
  };
}
