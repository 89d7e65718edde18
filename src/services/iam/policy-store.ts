import type { Queries } from '../../platform/store/database.js';

/** What a customer managed policy has that other entities have not. */
export interface PolicyDetails {
  readonly description: string | null;
  readonly defaultVersion: number;
  /** The highest number ever given: numbers are not used twice. */
  readonly lastVersion: number;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number;
}

export interface StoredPolicyVersion {
  readonly version: number;
  readonly document: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** Customer managed policies and their versions. */
export const policyStore = Object.freeze({
  find(queries: Queries, id: string): Promise<PolicyDetails | undefined> {
    return queries.get<PolicyDetails>(
      `SELECT description, default_version AS "defaultVersion", last_version AS "lastVersion",
         updated_at AS "updatedAt" FROM iam_policies WHERE id = ?`,
      id,
    );
  },

  async put(queries: Queries, id: string, policy: PolicyDetails): Promise<void> {
    await queries.run('DELETE FROM iam_policies WHERE id = ?', id);
    await queries.run(
      'INSERT INTO iam_policies (id, description, default_version, last_version, updated_at) VALUES (?, ?, ?, ?, ?)',
      id,
      policy.description,
      policy.defaultVersion,
      policy.lastVersion,
      policy.updatedAt,
    );
  },

  async remove(queries: Queries, id: string): Promise<void> {
    await queries.run('DELETE FROM iam_policy_versions WHERE policy_id = ?', id);
    await queries.run('DELETE FROM iam_policies WHERE id = ?', id);
  },

  /** The newest first. */
  versions(queries: Queries, id: string): Promise<StoredPolicyVersion[]> {
    return queries.all<StoredPolicyVersion>(
      `SELECT version, document, created_at AS "createdAt" FROM iam_policy_versions
       WHERE policy_id = ? ORDER BY version DESC`,
      id,
    );
  },

  async putVersion(queries: Queries, id: string, { version, document, createdAt }: StoredPolicyVersion): Promise<void> {
    await queries.run(
      'INSERT INTO iam_policy_versions (policy_id, version, document, created_at) VALUES (?, ?, ?, ?)',
      id,
      version,
      document,
      createdAt,
    );
  },

  async removeVersion(queries: Queries, id: string, version: number): Promise<void> {
    await queries.run('DELETE FROM iam_policy_versions WHERE policy_id = ? AND version = ?', id, version);
  },

  /** Text of the default version, by the policy's ARN. */
  async defaultDocument(queries: Queries, arn: string): Promise<string | undefined> {
    const row = await queries.get<{ document: string }>(
      `SELECT v.document AS document FROM iam_entities e JOIN iam_policies p ON p.id = e.id
       JOIN iam_policy_versions v ON v.policy_id = e.id AND v.version = p.default_version
       WHERE e.arn = ? AND e.kind = 'policy'`,
      arn,
    );
    return row?.document;
  },
});
