import { createHash, timingSafeEqual } from 'node:crypto';
import type { Migration, Queries } from '../../../platform/store/database.js';
import type { Activation, AgentInformation, ManagedInstance, Tags } from './managed-instance.js';

/** Activations, by the hash of their code, and the hosts that came with them. */
export const managedInstanceMigrations: readonly Migration[] = [
  {
    name: 'ssm-005-managed-instances',
    statements: [
      `CREATE TABLE ssm_activations (
        activation_id TEXT PRIMARY KEY,
        code_hash TEXT NOT NULL,
        description TEXT,
        default_instance_name TEXT,
        iam_role TEXT NOT NULL,
        registration_limit BIGINT NOT NULL,
        registrations_count BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        tags TEXT NOT NULL
      )`,
      `CREATE TABLE ssm_managed_instances (
        instance_id TEXT PRIMARY KEY,
        activation_id TEXT NOT NULL,
        iam_role TEXT NOT NULL,
        name TEXT,
        public_key TEXT NOT NULL UNIQUE,
        fingerprint TEXT NOT NULL,
        registered_at BIGINT NOT NULL,
        tags TEXT NOT NULL,
        pinged_at BIGINT,
        agent TEXT NOT NULL
      )`,
    ],
  },
];

interface ActivationRow {
  readonly activation_id: string;
  readonly code_hash: string;
  readonly description: string | null;
  readonly default_instance_name: string | null;
  readonly iam_role: string;
  readonly registration_limit: number;
  readonly registrations_count: number;
  readonly expires_at: number;
  readonly created_at: number;
  readonly tags: string;
}

interface InstanceRow {
  readonly instance_id: string;
  readonly activation_id: string;
  readonly iam_role: string;
  readonly name: string | null;
  readonly public_key: string;
  readonly fingerprint: string;
  readonly registered_at: number;
  readonly tags: string;
  readonly pinged_at: number | null;
  readonly agent: string;
}

export const activationStore = Object.freeze({
  async add(queries: Queries, activation: Activation, code: string): Promise<void> {
    await queries.run(
      `INSERT INTO ssm_activations (activation_id, code_hash, description, default_instance_name, iam_role,
        registration_limit, registrations_count, expires_at, created_at, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      activation.id,
      hashOf(code).toString('hex'),
      activation.description ?? null,
      activation.defaultInstanceName ?? null,
      activation.iamRole,
      activation.registrationLimit,
      activation.registrationsCount,
      activation.expiresAt,
      activation.createdAt,
      JSON.stringify(activation.tags),
    );
  },

  async find(queries: Queries, id: string): Promise<Activation | undefined> {
    const row = await queries.get<ActivationRow>('SELECT * FROM ssm_activations WHERE activation_id = ?', id);
    return row && toActivation(row);
  },

  /** Undefined also when the code is another; compared in constant time. */
  async findByCode(queries: Queries, id: string, code: string): Promise<Activation | undefined> {
    const row = await queries.get<ActivationRow>('SELECT * FROM ssm_activations WHERE activation_id = ?', id);
    if (row === undefined || !timingSafeEqual(hashOf(code), Buffer.from(row.code_hash, 'hex'))) return undefined;
    return toActivation(row);
  },

  /** In the order of their ids, from behind `after`. */
  async list(queries: Queries, after: string): Promise<Activation[]> {
    const sql = 'SELECT * FROM ssm_activations WHERE activation_id > ? ORDER BY activation_id';
    return (await queries.all<ActivationRow>(sql, after)).map(toActivation);
  },

  async count(queries: Queries, id: string): Promise<void> {
    const sql = 'UPDATE ssm_activations SET registrations_count = registrations_count + 1 WHERE activation_id = ?';
    await queries.run(sql, id);
  },

  /** Whether there was one. */
  async remove(queries: Queries, id: string): Promise<boolean> {
    return (await queries.run('DELETE FROM ssm_activations WHERE activation_id = ?', id)) > 0;
  },
});

export const instanceStore = Object.freeze({
  async add(queries: Queries, instance: ManagedInstance): Promise<void> {
    await queries.run(
      `INSERT INTO ssm_managed_instances (instance_id, activation_id, iam_role, name, public_key, fingerprint,
        registered_at, tags, pinged_at, agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      instance.id,
      instance.activationId,
      instance.iamRole,
      instance.name ?? null,
      instance.publicKey,
      instance.fingerprint,
      instance.registeredAt,
      JSON.stringify(instance.tags),
      instance.pingedAt ?? null,
      JSON.stringify(instance.agent),
    );
  },

  async find(queries: Queries, id: string): Promise<ManagedInstance | undefined> {
    const row = await queries.get<InstanceRow>('SELECT * FROM ssm_managed_instances WHERE instance_id = ?', id);
    return row && toInstance(row);
  },

  async findByKey(queries: Queries, publicKey: string): Promise<ManagedInstance | undefined> {
    const row = await queries.get<InstanceRow>('SELECT * FROM ssm_managed_instances WHERE public_key = ?', publicKey);
    return row && toInstance(row);
  },

  /** In the order of their ids, from behind `after`. */
  async list(queries: Queries, after: string): Promise<ManagedInstance[]> {
    const sql = 'SELECT * FROM ssm_managed_instances WHERE instance_id > ? ORDER BY instance_id';
    return (await queries.all<InstanceRow>(sql, after)).map(toInstance);
  },

  async ping(queries: Queries, id: string, agent: AgentInformation, at: number): Promise<void> {
    const sql = 'UPDATE ssm_managed_instances SET agent = ?, pinged_at = ? WHERE instance_id = ?';
    await queries.run(sql, JSON.stringify(agent), at, id);
  },

  async setKey(queries: Queries, id: string, publicKey: string): Promise<void> {
    await queries.run('UPDATE ssm_managed_instances SET public_key = ? WHERE instance_id = ?', publicKey, id);
  },

  async setRole(queries: Queries, id: string, iamRole: string): Promise<void> {
    await queries.run('UPDATE ssm_managed_instances SET iam_role = ? WHERE instance_id = ?', iamRole, id);
  },

  async setTags(queries: Queries, id: string, tags: Tags): Promise<void> {
    await queries.run('UPDATE ssm_managed_instances SET tags = ? WHERE instance_id = ?', JSON.stringify(tags), id);
  },

  /** Whether there was one. */
  async remove(queries: Queries, id: string): Promise<boolean> {
    return (await queries.run('DELETE FROM ssm_managed_instances WHERE instance_id = ?', id)) > 0;
  },
});

function hashOf(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}

function toActivation(row: ActivationRow): Activation {
  return {
    id: row.activation_id,
    description: row.description ?? undefined,
    defaultInstanceName: row.default_instance_name ?? undefined,
    iamRole: row.iam_role,
    registrationLimit: row.registration_limit,
    registrationsCount: row.registrations_count,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    tags: JSON.parse(row.tags) as Tags,
  };
}

function toInstance(row: InstanceRow): ManagedInstance {
  return {
    id: row.instance_id,
    activationId: row.activation_id,
    iamRole: row.iam_role,
    name: row.name ?? undefined,
    publicKey: row.public_key,
    fingerprint: row.fingerprint,
    registeredAt: row.registered_at,
    tags: JSON.parse(row.tags) as Tags,
    pingedAt: row.pinged_at ?? undefined,
    agent: JSON.parse(row.agent) as AgentInformation,
  };
}
