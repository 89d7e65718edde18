import type { Entity } from './entity.js';
import { encodeDocument } from './policy-document.js';
import type { RoleDetails } from './role-store.js';
import type { IamTag } from './tag-store.js';

/** Entities as the answers of IAM show them. */

interface Named {
  readonly Path: string;
  readonly Arn: string;
  readonly CreateDate: Date;
}

export function named({ path, arn, createdAt }: Entity): Named {
  return { Path: path, Arn: arn, CreateDate: new Date(createdAt) };
}

export interface AttachedBoundary {
  readonly PermissionsBoundary?: {
    readonly PermissionsBoundaryType: 'Policy';
    readonly PermissionsBoundaryArn: string;
  };
}

export function boundaryView({ boundary }: Entity): AttachedBoundary {
  if (boundary === null) return {};
  return { PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: boundary } };
}

/** Members are absent when there are no tags. */
export function tagsView(tags: readonly IamTag[]): { readonly Tags?: readonly IamTag[] } {
  return tags.length === 0 ? {} : { Tags: tags };
}

export function userView(user: Entity): Named & { readonly UserName: string; readonly UserId: string } {
  return { ...named(user), UserName: user.name, UserId: user.id };
}

export function groupView(group: Entity): Named & { readonly GroupName: string; readonly GroupId: string } {
  return { ...named(group), GroupName: group.name, GroupId: group.id };
}

export interface RoleView extends Named {
  readonly RoleName: string;
  readonly RoleId: string;
  readonly AssumeRolePolicyDocument: string;
  readonly Description?: string;
  readonly MaxSessionDuration: number;
}

export function roleView(role: Entity, details: RoleDetails): RoleView {
  return {
    ...named(role),
    RoleName: role.name,
    RoleId: role.id,
    AssumeRolePolicyDocument: encodeDocument(details.trustPolicy),
    ...(details.description !== null && { Description: details.description }),
    MaxSessionDuration: details.maxSessionDuration,
  };
}

export interface InstanceProfileView extends Named {
  readonly InstanceProfileName: string;
  readonly InstanceProfileId: string;
  readonly Roles: readonly RoleView[];
}

export function instanceProfileView(profile: Entity, roles: readonly RoleView[]): InstanceProfileView {
  return { ...named(profile), InstanceProfileName: profile.name, InstanceProfileId: profile.id, Roles: roles };
}
