import { expect, test } from 'vitest';
import { ROOT_KEY_BYTES, Sealer } from '../platform/crypto/sealer.js';
import type { Database } from '../platform/store/database.js';
import { createServices } from './services.js';

const refuse = (): Promise<never> => Promise.reject(new Error('only the tables are looked at'));
const database: Database = { all: refuse, get: refuse, run: refuse, transaction: refuse, close: refuse };
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

test('every operation, route and channel says what its caller must be allowed to do', () => {
  const { endpoint } = createServices({
    database,
    sealer: new Sealer(new Uint8Array(ROOT_KEY_BYTES)),
    accountId: '123456789012',
    region: 'us-east-1',
    limits: 'aws',
    liveSessions: 'keep',
    foreignKeys: false,
    log: () => silent,
  });
  expect(endpoint.services.map(({ name }) => name)).toEqual(['ecs', 'ssm', 'sts', 'iam', 'kms', 'cloudtrail']);
  const unlisted = [
    ...endpoint.services.flatMap(({ name, operations }) =>
      operations.filter(({ access }) => access === undefined).map((operation) => `${name}:${operation.name}`),
    ),
    // An unsigned upgrade has nobody to ask about; its token is what admits it.
    ...[...endpoint.routes, ...endpoint.upgrades].filter(({ access }) => access === undefined).map(({ path }) => path),
  ];
  expect(unlisted).toEqual([]);
  expect(endpoint.authorization).toBeDefined();
});

test('no two services or operations have one name', () => {
  const { endpoint } = createServices({
    database,
    sealer: new Sealer(new Uint8Array(ROOT_KEY_BYTES)),
    accountId: '123456789012',
    region: 'us-east-1',
    limits: 'aws',
    liveSessions: 'end',
    foreignKeys: true,
    log: () => silent,
  });
  for (const { operations } of endpoint.services) {
    const names = operations.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  }
});
