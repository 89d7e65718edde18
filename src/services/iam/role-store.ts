import type { Queries } from '../../platform/store/database.js';

/** What a role has that other entities have not. */
export interface RoleDetails {
  readonly trustPolicy: string;
  readonly description: string | null;
  /** Seconds. */
  readonly maxSessionDuration: number;
  /** Of a service-linked role, for example `ecs.amazonaws.com`. */
  readonly serviceName: string | null;
}

export const roleStore = Object.freeze({
  find(queries: Queries, id: string): Promise<RoleDetails | undefined> {
    return queries.get<RoleDetails>(
      `SELECT trust_policy AS "trustPolicy", description, max_session_duration AS "maxSessionDuration",
         service_name AS "serviceName" FROM iam_roles WHERE id = ?`,
      id,
    );
  },

  async put(queries: Queries, id: string, role: RoleDetails): Promise<void> {
    await queries.run('DELETE FROM iam_roles WHERE id = ?', id);
    await queries.run(
      `INSERT INTO iam_roles (id, trust_policy, description, max_session_duration, service_name)
       VALUES (?, ?, ?, ?, ?)`,
      id,
      role.trustPolicy,
      role.description,
      role.maxSessionDuration,
      role.serviceName,
    );
  },

  async remove(queries: Queries, id: string): Promise<void> {
    await queries.run('DELETE FROM iam_roles WHERE id = ?', id);
  },
});
