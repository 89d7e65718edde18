import type { IdentityKind } from './entity.js';

/** What tells the operations on users, roles and groups apart: names of members and of operations. */
export interface Identity {
  readonly kind: IdentityKind;
  /** As in `PutUserPolicy`. */
  readonly noun: 'User' | 'Role' | 'Group';
  readonly member: 'UserName' | 'RoleName' | 'GroupName';
}

export const IDENTITIES: readonly Identity[] = Object.freeze([
  { kind: 'user', noun: 'User', member: 'UserName' },
  { kind: 'role', noun: 'Role', member: 'RoleName' },
  { kind: 'group', noun: 'Group', member: 'GroupName' },
]);

export type NamedIdentity = Readonly<Partial<Record<Identity['member'], string>>>;

/** The model requires it, so that it is there. */
export function nameIn({ member }: Identity, input: NamedIdentity): string {
  return input[member] ?? '';
}
