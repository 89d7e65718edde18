import type { Migration } from '../../platform/store/database.js';

/**
 * Events in the order they were taken down (`position`: their time and a count, so that it only grows), and the things
 * they were about. What `LookupEvents` can be asked for has a column.
 */
export const cloudTrailMigrations: readonly Migration[] = Object.freeze([
  {
    name: 'cloudtrail-001-events',
    statements: [
      `CREATE TABLE cloudtrail_events (
        position BIGINT PRIMARY KEY,
        event_id TEXT NOT NULL,
        event_time BIGINT NOT NULL,
        event_name TEXT NOT NULL,
        event_source TEXT NOT NULL,
        read_only BIGINT NOT NULL,
        user_name TEXT NOT NULL,
        access_key_id TEXT NOT NULL,
        record TEXT NOT NULL
      )`,
      'CREATE INDEX cloudtrail_events_by_id ON cloudtrail_events (event_id)',
      'CREATE INDEX cloudtrail_events_by_name ON cloudtrail_events (event_name, position)',
      'CREATE INDEX cloudtrail_events_by_source ON cloudtrail_events (event_source, position)',
      'CREATE INDEX cloudtrail_events_by_user ON cloudtrail_events (user_name, position)',
      'CREATE INDEX cloudtrail_events_by_key ON cloudtrail_events (access_key_id, position)',
      'CREATE INDEX cloudtrail_events_by_kind ON cloudtrail_events (read_only, position)',
      `CREATE TABLE cloudtrail_event_resources (
        position BIGINT NOT NULL,
        resource_type TEXT NOT NULL,
        resource_name TEXT NOT NULL,
        PRIMARY KEY (position, resource_type, resource_name)
      )`,
      'CREATE INDEX cloudtrail_resources_by_name ON cloudtrail_event_resources (resource_name, position)',
      'CREATE INDEX cloudtrail_resources_by_type ON cloudtrail_event_resources (resource_type, position)',
    ],
  },
]);
