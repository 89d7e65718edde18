import type { Queries } from '../../platform/store/database.js';

/** How long a client token is remembered (milliseconds); AWS: 24 hours. */
export const CLIENT_TOKEN_MS = 24 * 3600 * 1000;

interface Row {
  readonly fingerprint: string;
  readonly document: string;
}

/** Requests that carried a client token, and the ARNs they made. */
export const clientTokenStore = Object.freeze({
  async find(
    queries: Queries,
    token: string,
  ): Promise<{ readonly fingerprint: string; readonly arns: readonly string[] } | undefined> {
    const row = await queries.get<Row>('SELECT fingerprint, document FROM ecs_client_tokens WHERE token = ?', token);
    return row && { fingerprint: row.fingerprint, arns: JSON.parse(row.document) as string[] };
  },

  async put(queries: Queries, token: string, print: string, arns: readonly string[], now: number): Promise<void> {
    await queries.run(
      'INSERT INTO ecs_client_tokens (token, fingerprint, created_at, document) VALUES (?, ?, ?, ?)',
      token,
      print,
      now,
      JSON.stringify(arns),
    );
  },

  async removeBefore(queries: Queries, time: number): Promise<void> {
    await queries.run('DELETE FROM ecs_client_tokens WHERE created_at < ?', time);
  },
});
