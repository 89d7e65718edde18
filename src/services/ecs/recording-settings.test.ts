import { expect, test } from 'vitest';
import { DEFAULT_RECORDING } from '../../core/protocol/session-document.js';
import { openEcs } from './ecs.fixture.js';
import { execute, open } from './execute-command.fixture.js';

const configuration = {
  executeCommandConfiguration: { logging: 'OVERRIDE', logConfiguration: { s3BucketName: 'audit' } },
};
const tags = (...pairs: (readonly [string, string])[]) => pairs.map(([key, value]) => ({ key, value }));

test.each([
  ['nothing', {}, [], {}],
  [
    'tags',
    {},
    tags(['gangway:record', 'best-effort'], ['gangway:record-live', 'true']),
    { record: 'best-effort', live: true },
  ],
  ['the endpoint', { recordDefaults: { input: true } }, [], { input: true }],
  [
    'tags over the endpoint',
    { recordDefaults: { record: 'best-effort', input: true, live: true } } as const,
    tags(['gangway:record', 'required'], ['gangway:record-input', 'false']),
    { record: 'required', live: true },
  ],
] as const)('how a session is recorded, as %s say it', async (_, options, clusterTags, expected) => {
  const { it, task, taskArn } = await open(options);
  await it.call('UpdateCluster', { cluster: 'default', configuration });
  if (clusterTags.length > 0)
    await it.call('TagResource', { resourceArn: it.arn('cluster/default'), tags: clusterTags });
  await execute(it, { task });
  expect(it.sessions.started[0]!.recording).toEqual({
    settings: { ...DEFAULT_RECORDING, sourceIp: '127.0.0.1', ...expected },
    ...{ taskArn, containerName: 'app', taskRoleArn: expect.stringMatching(/role\/task-role$/) },
  });
});

test('a session without logging is not recorded', async () => {
  const { it, task } = await open();
  await it.call('TagResource', { resourceArn: it.arn('cluster/default'), tags: tags(['gangway:record', 'required']) });
  await execute(it, { task });
  expect(it.sessions.started[0]).not.toHaveProperty('recording');
});

test.each([
  [
    'gangway:record',
    'always',
    "The tag 'gangway:record' of a cluster must be 'required' or 'best-effort', not 'always'.",
  ],
  [
    'gangway:record',
    'Required',
    "The tag 'gangway:record' of a cluster must be 'required' or 'best-effort', not 'Required'.",
  ],
  ['gangway:record-input', '1', "The tag 'gangway:record-input' of a cluster must be 'true' or 'false', not '1'."],
  ['gangway:record-live', '', "The tag 'gangway:record-live' of a cluster must be 'true' or 'false', not ''."],
  [
    ...['gangway:recording', 'required'],
    "The tag 'gangway:recording' of a cluster is not known. Tags for recording are gangway:record, gangway:record-input, gangway:record-live.",
  ],
  [
    ...['Gangway:Record', 'required'],
    "The tag 'Gangway:Record' of a cluster is not known. Tags for recording are gangway:record, gangway:record-input, gangway:record-live.",
  ],
] as const)('%s = %s is refused of a cluster, and nothing changes', async (key, value, message) => {
  const it = openEcs();
  const refused = { code: 'InvalidParameterException', message };
  await expect(it.call('CreateCluster', { tags: tags([key, value]) })).rejects.toMatchObject(refused);
  expect((await it.call('ListClusters')).clusterArns).toEqual([]);
  await it.call('CreateCluster', { tags: tags(['gangway:record', 'required'], ['team', 'a']) });
  const resourceArn = it.arn('cluster/default');
  await expect(it.call('TagResource', { resourceArn, tags: tags([key, value]) })).rejects.toMatchObject(refused);
  expect((await it.call('ListTagsForResource', { resourceArn })).tags).toEqual(
    tags(['gangway:record', 'required'], ['team', 'a']),
  );
});

test('elsewhere such a tag is a tag like any other', async () => {
  const { it, taskArn } = await open();
  await it.call('TagResource', { resourceArn: taskArn, tags: tags(['gangway:record', 'whatever']) });
  expect((await it.call('ListTagsForResource', { resourceArn: taskArn })).tags).toEqual(
    tags(['gangway:record', 'whatever']),
  );
});
