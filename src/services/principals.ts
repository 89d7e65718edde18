/** A policy that belongs to an identity, with its text. */
export interface AttachedPolicy {
  /** Of a managed policy its ARN; of an inline one, for example `inline policy exec of user ann`. */
  readonly name: string;
  readonly document: string;
}

/** What IAM knows of a user or role when a request is decided. */
export interface IdentityPolicies {
  /** `AIDA…`, `AROA…` or `AGPA…`, where it is known. */
  readonly id?: string;
  /** Inline, managed and, of a user, those of the groups. */
  readonly identity: readonly AttachedPolicy[];
  readonly boundary?: AttachedPolicy;
  readonly tags: Readonly<Record<string, string>>;
}

export interface RoleIdentity {
  readonly name: string;
  /** `AROA…` */
  readonly id: string;
  readonly arn: string;
  readonly trustPolicy: string;
  /** Seconds. */
  readonly maxSessionDuration: number;
}

/**
 * Identities of the account. Implemented by `services/iam`; asked by whoever decides requests and by `services/sts`.
 * Found by ARN, so that a user or role that was deleted and made again under its name is another one only to those who
 * compare ids.
 */
export interface Principals {
  role(roleArn: string): Promise<RoleIdentity | undefined>;
  /** Undefined when there is no such user or role any more. */
  policiesOf(identityArn: string): Promise<IdentityPolicies | undefined>;
  /** A managed policy, AWS's or the account's, in its default version. Absent where there are none. */
  managedPolicy?(policyArn: string): Promise<AttachedPolicy | undefined>;
  /** Grows with every change to a user, group, role or policy: what was compiled before may be stale. */
  version(): number;
}
