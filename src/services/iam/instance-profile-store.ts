import type { Queries } from '../../platform/store/database.js';
import type { Entity } from './entity.js';

const COLUMNS = 'e.id, e.kind, e.name, e.path, e.arn, e.created_at AS "createdAt", e.boundary';

/** The one role of an instance profile. */
export const instanceProfileStore = Object.freeze({
  role(queries: Queries, profileId: string): Promise<Entity | undefined> {
    return queries.get<Entity>(
      `SELECT ${COLUMNS} FROM iam_instance_profile_roles r JOIN iam_entities e ON e.id = r.role_id
       WHERE r.profile_id = ?`,
      profileId,
    );
  },

  profiles(queries: Queries, roleId: string): Promise<Entity[]> {
    return queries.all<Entity>(
      `SELECT ${COLUMNS} FROM iam_instance_profile_roles r JOIN iam_entities e ON e.id = r.profile_id
       WHERE r.role_id = ?`,
      roleId,
    );
  },

  async setRole(queries: Queries, profileId: string, roleId: string): Promise<void> {
    await queries.run('INSERT INTO iam_instance_profile_roles (profile_id, role_id) VALUES (?, ?)', profileId, roleId);
  },

  async clearRole(queries: Queries, profileId: string): Promise<void> {
    await queries.run('DELETE FROM iam_instance_profile_roles WHERE profile_id = ?', profileId);
  },
});
