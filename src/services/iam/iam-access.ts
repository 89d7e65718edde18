import type { AccessQuestion, AccessResource } from '../../platform/aws/access.js';
import { type EntityKind, entityArn } from './entity.js';
import { entityStore } from './entity-store.js';
import type { IamParts } from './iam-parts.js';
import { type IamTag, tagStore } from './tag-store.js';

type Conditions = Readonly<Record<string, string | readonly string[]>>;

/** What requests to IAM ask for, by the names that they carry. Never says whether something is there. */
export class IamAccess {
  readonly #parts: IamParts;

  constructor(parts: IamParts) {
    this.#parts = parts;
  }

  /** One that may be there: with its path and tags then, and as if it stood at `/` otherwise. */
  async resource(kind: EntityKind, name: string): Promise<AccessResource> {
    const { database } = this.#parts;
    const entity = await entityStore.find(database, kind, name);
    const shownAs = `${kind === 'instance-profile' ? 'instance profile' : kind} ${name}`;
    if (entity === undefined) return { arn: entityArn(this.#parts, kind, '/', name), shownAs };
    return { arn: entity.arn, tags: await tagStore.record(database, entity.id), shownAs };
  }

  async policyResource(arn: string): Promise<AccessResource> {
    const { database } = this.#parts;
    const entity = await entityStore.findByArn(database, arn);
    const shownAs = `policy ${arn}`;
    return entity === undefined ? { arn, shownAs } : { arn, tags: await tagStore.record(database, entity.id), shownAs };
  }

  /**
   * `iam:ACTION` on one entity. Of users and roles its boundary is told too, which delegated administration hangs on:
   * `iam:PermissionsBoundary`.
   */
  async on(action: string, kind: EntityKind, name: string, conditions: Conditions = {}): Promise<AccessQuestion[]> {
    const entity = await entityStore.find(this.#parts.database, kind, name);
    const boundary = entity?.boundary ?? undefined;
    const all = { ...(boundary !== undefined && { 'iam:PermissionsBoundary': boundary }), ...conditions };
    return [{ action: `iam:${action}`, resources: [await this.resource(kind, name)], conditions: all }];
  }

  async onPolicy(action: string, arn: string, conditions: Conditions = {}): Promise<AccessQuestion[]> {
    return [{ action: `iam:${action}`, resources: [await this.policyResource(arn)], conditions }];
  }

  /** One that is to be made; with tags, tagging is asked for as well. */
  creation(
    action: string,
    kind: EntityKind,
    { Path = '/', Tags, PermissionsBoundary }: Creation,
    name: string,
    conditions: Conditions = {},
  ): AccessQuestion[] {
    const resources = [{ arn: entityArn(this.#parts, kind, Path, name) }];
    const all = {
      ...(PermissionsBoundary !== undefined && { 'iam:PermissionsBoundary': PermissionsBoundary }),
      ...conditions,
      ...tagConditions(Tags),
    };
    const question = { action: `iam:${action}`, resources, conditions: all };
    if (Tags === undefined || Tags.length === 0) return [question];
    return [question, { ...question, action: TAGGING[kind] ?? question.action }];
  }

  /** Lists are asked for on the path that they list. */
  list(action: string, kind: Exclude<EntityKind, 'policy'>, pathPrefix = '/'): AccessQuestion[] {
    return [{ action: `iam:${action}`, resources: [{ arn: entityArn(this.#parts, kind, pathPrefix, '') }] }];
  }

  /** Without resource-level permissions: only `Resource: "*"` allows it. */
  everything(action: string): AccessQuestion[] {
    return [{ action: `iam:${action}`, resources: [{ arn: '*' }] }];
  }
}

interface Creation {
  readonly Path?: string;
  readonly Tags?: readonly IamTag[];
  readonly PermissionsBoundary?: string;
}

const TAGGING: Readonly<Partial<Record<EntityKind, string>>> = {
  user: 'iam:TagUser',
  role: 'iam:TagRole',
  policy: 'iam:TagPolicy',
  'instance-profile': 'iam:TagInstanceProfile',
};

export function tagConditions(tags: readonly IamTag[] = []): Conditions {
  if (tags.length === 0) return {};
  return {
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
    'aws:TagKeys': tags.map(({ Key }) => Key),
  };
}
