import type { Queries } from '../../platform/store/database.js';
import type { ServiceEvent } from './service.js';

/** As many as AWS keeps. */
export const MAX_SERVICE_EVENTS = 100;

interface Row {
  readonly id: string;
  /** A BIGINT, which PostgreSQL gives as text. */
  readonly created_at: number | string;
  readonly message: string;
}

export const serviceEventStore = Object.freeze({
  /** Newest first. */
  async list(queries: Queries, serviceArn: string): Promise<ServiceEvent[]> {
    const rows = await queries.all<Row>(
      'SELECT id, created_at, message FROM ecs_service_events WHERE service_arn = ? ORDER BY position DESC',
      serviceArn,
    );
    return rows.map((row) => ({ id: row.id, createdAt: Number(row.created_at), message: row.message }));
  },

  /** Appends, and drops the oldest beyond {@link MAX_SERVICE_EVENTS}. */
  async add(queries: Queries, serviceArn: string, event: ServiceEvent): Promise<void> {
    const row = await queries.get<{ latest: number | null }>(
      'SELECT MAX(position) AS latest FROM ecs_service_events WHERE service_arn = ?',
      serviceArn,
    );
    const position = (row?.latest ?? 0) + 1;
    await queries.run(
      'INSERT INTO ecs_service_events (service_arn, position, id, created_at, message) VALUES (?, ?, ?, ?, ?)',
      serviceArn,
      position,
      event.id,
      event.createdAt,
      event.message,
    );
    await queries.run(
      'DELETE FROM ecs_service_events WHERE service_arn = ? AND position <= ?',
      serviceArn,
      position - MAX_SERVICE_EVENTS,
    );
  },

  async clear(queries: Queries, serviceArn: string): Promise<void> {
    await queries.run('DELETE FROM ecs_service_events WHERE service_arn = ?', serviceArn);
  },
});
