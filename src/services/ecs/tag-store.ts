import type { Queries } from '../../platform/store/database.js';
import type { Tag } from './tag.js';

/** Tags of every taggable noun, by its ARN. */
export const tagStore = Object.freeze({
  async find(queries: Queries, arn: string): Promise<readonly Tag[]> {
    const row = await queries.get<{ document: string }>('SELECT document FROM ecs_tags WHERE resource_arn = ?', arn);
    return row === undefined ? [] : (JSON.parse(row.document) as Tag[]);
  },

  async put(queries: Queries, arn: string, tags: readonly Tag[]): Promise<void> {
    if (tags.length === 0) {
      await tagStore.remove(queries, arn);
      return;
    }
    await queries.run(
      `INSERT INTO ecs_tags (resource_arn, document) VALUES (?, ?)
       ON CONFLICT (resource_arn) DO UPDATE SET document = excluded.document`,
      arn,
      JSON.stringify(tags),
    );
  },

  async remove(queries: Queries, arn: string): Promise<void> {
    await queries.run('DELETE FROM ecs_tags WHERE resource_arn = ?', arn);
  },
});
