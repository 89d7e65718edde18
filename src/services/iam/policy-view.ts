import { encodeDocument } from './policy-document.js';
import type { ManagedPolicy, PolicyVersionRecord } from './managed-policies.js';

/** How much a policy is used. */
export interface PolicyUsage {
  readonly attached: ReadonlyMap<string, number>;
  readonly bounding: ReadonlyMap<string, number>;
}

export interface PolicyView {
  readonly PolicyName: string;
  readonly PolicyId: string;
  readonly Arn: string;
  readonly Path: string;
  readonly DefaultVersionId: string;
  readonly AttachmentCount: number;
  readonly PermissionsBoundaryUsageCount: number;
  readonly IsAttachable: boolean;
  readonly CreateDate: Date;
  readonly UpdateDate: Date;
}

/** Managed policies as lists show them: without description and tags. */
export function policyView(policy: ManagedPolicy, usage: PolicyUsage): PolicyView {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: usage.attached.get(policy.arn) ?? 0,
    PermissionsBoundaryUsageCount: usage.bounding.get(policy.arn) ?? 0,
    IsAttachable: true,
    CreateDate: new Date(policy.createdAt),
    UpdateDate: new Date(policy.updatedAt),
  };
}

export interface PolicyVersionView {
  readonly VersionId: string;
  readonly IsDefaultVersion: boolean;
  readonly CreateDate: Date;
}

/** Without the document, as lists show it. */
export function versionView({ id, isDefault, createdAt }: PolicyVersionRecord): PolicyVersionView {
  return { VersionId: id, IsDefaultVersion: isDefault, CreateDate: new Date(createdAt) };
}

export function wholeVersionView(version: PolicyVersionRecord): PolicyVersionView & { readonly Document: string } {
  return { ...versionView(version), Document: encodeDocument(version.document) };
}
