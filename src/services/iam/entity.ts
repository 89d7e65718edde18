/** What has a name, a path and an ARN of its own in an account. The words are those of the ARN. */
export type EntityKind = 'user' | 'group' | 'role' | 'policy' | 'instance-profile';

/** What policies are attached to. */
export type IdentityKind = 'user' | 'group' | 'role';

export interface Entity {
  /** `AIDA…`, `AGPA…`, `AROA…`, `ANPA…`, `AIPA…`: of this one only, also when another gets its name later. */
  readonly id: string;
  readonly kind: EntityKind;
  readonly name: string;
  /** From `/` to `/`. */
  readonly path: string;
  readonly arn: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** ARN of the permissions boundary, of users and roles; null when there is none. */
  readonly boundary: string | null;
}

export function entityArn(
  account: { readonly partition: string; readonly accountId: string },
  kind: EntityKind,
  path: string,
  name: string,
): string {
  return `arn:${account.partition}:iam::${account.accountId}:${kind}${path}${name}`;
}
