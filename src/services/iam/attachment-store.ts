import type { Queries } from '../../platform/store/database.js';
import type { Entity } from './entity.js';

/** Which managed policies users, groups and roles have. */
export const attachmentStore = Object.freeze({
  async list(queries: Queries, entityId: string): Promise<string[]> {
    const rows = await queries.all<{ arn: string }>(
      'SELECT policy_arn AS arn FROM iam_attached_policies WHERE entity_id = ? ORDER BY policy_arn',
      entityId,
    );
    return rows.map(({ arn }) => arn);
  },

  async attach(queries: Queries, entityId: string, policyArn: string): Promise<void> {
    await queries.run('INSERT INTO iam_attached_policies (entity_id, policy_arn) VALUES (?, ?)', entityId, policyArn);
  },

  /** Whether it was attached. */
  async detach(queries: Queries, entityId: string, policyArn: string): Promise<boolean> {
    const sql = 'DELETE FROM iam_attached_policies WHERE entity_id = ? AND policy_arn = ?';
    return (await queries.run(sql, entityId, policyArn)) > 0;
  },

  /** Who has the policy. */
  entities(queries: Queries, policyArn: string): Promise<Entity[]> {
    return queries.all<Entity>(
      `SELECT e.id, e.kind, e.name, e.path, e.arn, e.created_at AS "createdAt", e.boundary
       FROM iam_attached_policies a JOIN iam_entities e ON e.id = a.entity_id WHERE a.policy_arn = ?`,
      policyArn,
    );
  },

  /** Of each policy that is attached at all, to how many. */
  async counts(queries: Queries): Promise<ReadonlyMap<string, number>> {
    const rows = await queries.all<{ arn: string; n: number }>(
      'SELECT policy_arn AS arn, count(*) AS n FROM iam_attached_policies GROUP BY policy_arn',
    );
    return new Map(rows.map(({ arn, n }) => [arn, Number(n)]));
  },

  /** Of each policy that bounds anyone, how many. */
  async boundaryCounts(queries: Queries): Promise<ReadonlyMap<string, number>> {
    const rows = await queries.all<{ arn: string; n: number }>(
      'SELECT boundary AS arn, count(*) AS n FROM iam_entities WHERE boundary IS NOT NULL GROUP BY boundary',
    );
    return new Map(rows.map(({ arn, n }) => [arn, Number(n)]));
  },
});
