import { expect, test } from 'vitest';
import { serviceTables } from './service-tables.js';

test('every operation, route and channel says what its caller must be allowed to do', () => {
  const endpoint = serviceTables();
  const names = ['ecs', 'ssm', 'sts', 'iam', 'kms', 'cloudtrail', 'logs', 'ec2'];
  expect(endpoint.services.map(({ name }) => name)).toEqual(names);
  expect(endpoint.streamed?.map(({ name }) => name)).toEqual(['s3']);
  const unlisted = [
    ...endpoint.services.flatMap(({ name, operations }) =>
      operations.filter(({ access }) => access === undefined).map((operation) => `${name}:${operation.name}`),
    ),
    ...(endpoint.streamed ?? []).flatMap(({ name, operations }) =>
      operations.filter(({ access }) => access === undefined).map((operation) => `${name}:${operation.name}`),
    ),
    // An unsigned upgrade has nobody to ask about; its token is what admits it.
    ...[...endpoint.routes, ...endpoint.upgrades].filter(({ access }) => access === undefined).map(({ path }) => path),
  ];
  expect(unlisted).toEqual([]);
  expect(endpoint.authorization).toBeDefined();
});

test('no two operations of a service have one name', () => {
  const { services, streamed = [] } = serviceTables();
  for (const { operations } of [...services, ...streamed]) {
    const names = operations.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  }
});
