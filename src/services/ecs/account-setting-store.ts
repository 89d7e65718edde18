import type { Queries } from '../../platform/store/database.js';

export interface StoredSetting {
  /** Empty: the default of the account. */
  readonly principalArn: string;
  readonly name: string;
  readonly value: string;
}

interface Row {
  readonly principal_arn: string;
  readonly name: string;
  readonly value: string;
}

export const accountSettingStore = Object.freeze({
  async list(queries: Queries, principalArn: string): Promise<StoredSetting[]> {
    const rows = await queries.all<Row>(
      'SELECT principal_arn, name, value FROM ecs_account_settings WHERE principal_arn = ? ORDER BY name',
      principalArn,
    );
    return rows.map((row) => ({ principalArn: row.principal_arn, name: row.name, value: row.value }));
  },

  async put(queries: Queries, setting: StoredSetting): Promise<void> {
    await queries.run(
      `INSERT INTO ecs_account_settings (principal_arn, name, value) VALUES (?, ?, ?)
       ON CONFLICT (principal_arn, name) DO UPDATE SET value = excluded.value`,
      setting.principalArn,
      setting.name,
      setting.value,
    );
  },

  async remove(queries: Queries, principalArn: string, name: string): Promise<void> {
    await queries.run('DELETE FROM ecs_account_settings WHERE principal_arn = ? AND name = ?', principalArn, name);
  },
});
