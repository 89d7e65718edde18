import type { Queries, SqlValue } from '../../platform/store/database.js';
import type { Page } from './page.js';
import type { TaskDefinitionReference } from './references.js';
import type { TaskDefinition } from './task-definition.js';

interface Row {
  readonly document: string;
}

/** Identity of a revision in a list, without its document. */
export interface TaskDefinitionKey {
  readonly family: string;
  readonly revision: number;
}

export const taskDefinitionStore = Object.freeze({
  /** The revision named, or the latest ACTIVE one of the family. */
  async find(queries: Queries, { family, revision }: TaskDefinitionReference): Promise<TaskDefinition | undefined> {
    const row = await (revision === undefined
      ? queries.get<Row>(
          `SELECT document FROM ecs_task_definitions
           WHERE family = ? AND status = 'ACTIVE' ORDER BY revision DESC LIMIT 1`,
          family,
        )
      : queries.get<Row>(
          'SELECT document FROM ecs_task_definitions WHERE family = ? AND revision = ?',
          family,
          revision,
        ));
    return row === undefined ? undefined : (JSON.parse(row.document) as TaskDefinition);
  },

  /** Revisions count from 1 and are never reused: INACTIVE ones stay. */
  async nextRevision(queries: Queries, family: string): Promise<number> {
    const row = await queries.get<{ latest: number | null }>(
      'SELECT MAX(revision) AS latest FROM ecs_task_definitions WHERE family = ?',
      family,
    );
    return (row?.latest ?? 0) + 1;
  },

  async put(queries: Queries, definition: TaskDefinition): Promise<void> {
    await queries.run(
      `INSERT INTO ecs_task_definitions (family, revision, status, document) VALUES (?, ?, ?, ?)
       ON CONFLICT (family, revision) DO UPDATE SET status = excluded.status, document = excluded.document`,
      definition.family,
      definition.revision,
      definition.status,
      JSON.stringify(definition),
    );
  },

  /** Ordered by family, then by revision as a number. One more than the page holds, when there are more. */
  async list(
    queries: Queries,
    filter: { readonly family: string | undefined; readonly status: string; readonly descending: boolean },
    page: Page,
  ): Promise<TaskDefinitionKey[]> {
    const [beyond, direction] = filter.descending ? ['<', 'DESC'] : ['>', 'ASC'];
    const conditions = ['status = ?'];
    const values: SqlValue[] = [filter.status];
    if (filter.family !== undefined) {
      conditions.push('family = ?');
      values.push(filter.family);
    }
    if (page.after !== undefined) {
      const { family, revision } = readKey(page.after);
      conditions.push(`(family ${beyond} ? OR (family = ? AND revision ${beyond} ?))`);
      values.push(family, family, revision);
    }
    return queries.all<TaskDefinitionKey>(
      `SELECT family, revision FROM ecs_task_definitions WHERE ${conditions.join(' AND ')}
       ORDER BY family ${direction}, revision ${direction} LIMIT ?`,
      ...values,
      page.limit + 1,
    );
  },

  /** ACTIVE families have an ACTIVE revision; INACTIVE ones have none. */
  async listFamilies(
    queries: Queries,
    filter: { readonly prefix: string; readonly status: 'ACTIVE' | 'INACTIVE' | 'ALL' },
    page: Page,
  ): Promise<string[]> {
    const having = {
      ACTIVE: "HAVING SUM(CASE WHEN status = 'ACTIVE' THEN 1 ELSE 0 END) > 0",
      INACTIVE: "HAVING SUM(CASE WHEN status = 'ACTIVE' THEN 1 ELSE 0 END) = 0",
      ALL: '',
    }[filter.status];
    const rows = await queries.all<{ family: string }>(
      `SELECT family FROM ecs_task_definitions WHERE SUBSTR(family, 1, ?) = ? AND family > ?
       GROUP BY family ${having} ORDER BY family LIMIT ?`,
      filter.prefix.length,
      filter.prefix,
      page.after ?? '',
      page.limit + 1,
    );
    return rows.map((row) => row.family);
  },
});

export function taskDefinitionKey({ family, revision }: TaskDefinitionKey): string {
  return `${family}:${revision}`;
}

function readKey(key: string): TaskDefinitionKey {
  const colon = key.lastIndexOf(':');
  return { family: key.slice(0, colon), revision: Number(key.slice(colon + 1)) };
}
