import type { Queries } from '../../platform/store/database.js';
import type { Entity, EntityKind } from './entity.js';

const COLUMNS = 'id, kind, name, path, arn, created_at AS "createdAt", boundary';

/** What users, groups, roles, policies and instance profiles have alike. */
export const entityStore = Object.freeze({
  find(queries: Queries, kind: EntityKind, name: string): Promise<Entity | undefined> {
    return queries.get<Entity>(
      `SELECT ${COLUMNS} FROM iam_entities WHERE kind = ? AND lower(name) = lower(?)`,
      kind,
      name,
    );
  },

  findById(queries: Queries, id: string): Promise<Entity | undefined> {
    return queries.get<Entity>(`SELECT ${COLUMNS} FROM iam_entities WHERE id = ?`, id);
  },

  findByArn(queries: Queries, arn: string): Promise<Entity | undefined> {
    return queries.get<Entity>(`SELECT ${COLUMNS} FROM iam_entities WHERE arn = ?`, arn);
  },

  /** Those whose path begins with the prefix. */
  async list(queries: Queries, kind: EntityKind, pathPrefix = '/'): Promise<Entity[]> {
    const all = await queries.all<Entity>(`SELECT ${COLUMNS} FROM iam_entities WHERE kind = ?`, kind);
    return all.filter(({ path }) => path.startsWith(pathPrefix));
  },

  async count(queries: Queries, kind: EntityKind): Promise<number> {
    const row = await queries.get<{ n: number }>('SELECT count(*) AS n FROM iam_entities WHERE kind = ?', kind);
    return Number(row?.n ?? 0);
  },

  async insert(queries: Queries, entity: Entity): Promise<void> {
    await queries.run(
      'INSERT INTO iam_entities (id, kind, name, path, arn, created_at, boundary) VALUES (?, ?, ?, ?, ?, ?, ?)',
      entity.id,
      entity.kind,
      entity.name,
      entity.path,
      entity.arn,
      entity.createdAt,
      entity.boundary,
    );
  },

  async rename(queries: Queries, id: string, to: { name: string; path: string; arn: string }): Promise<void> {
    await queries.run('UPDATE iam_entities SET name = ?, path = ?, arn = ? WHERE id = ?', to.name, to.path, to.arn, id);
  },

  async setBoundary(queries: Queries, id: string, boundary: string | null): Promise<void> {
    await queries.run('UPDATE iam_entities SET boundary = ? WHERE id = ?', boundary, id);
  },

  async withBoundary(queries: Queries, policyArn: string): Promise<Entity[]> {
    return queries.all<Entity>(`SELECT ${COLUMNS} FROM iam_entities WHERE boundary = ?`, policyArn);
  },

  /** With its tags. What else hangs on it must be gone before. */
  async remove(queries: Queries, id: string): Promise<void> {
    await queries.run('DELETE FROM iam_tags WHERE entity_id = ?', id);
    await queries.run('DELETE FROM iam_entities WHERE id = ?', id);
  },
});
