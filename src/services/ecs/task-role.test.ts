import { describe, expect, test } from 'vitest';
import { awsvpc, openEcs, prepare } from './ecs.fixture.js';
import { FakeRoles } from './fake-roles.fixture.js';
import { HOUSEKEEPING_MS } from './housekeeping.js';

const ROLE = 'arn:aws:iam::111122223333:role/task-role';
const OVERRIDE = 'arn:aws:iam::111122223333:role/mine';
const unable = (role: string): string =>
  `ECS was unable to assume the role '${role}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`;
const run = { ...awsvpc, taskDefinition: 'web', launchType: 'FARGATE' };
const service = { ...run, serviceName: 'api', desiredCount: 1 };

async function open() {
  const roles = new FakeRoles(() => it.time.now);
  const it: ReturnType<typeof openEcs> = openEcs({ roles });
  await it.ecs.start();
  await prepare(it);
  return { it, roles };
}

describe('a role that cannot be assumed', () => {
  test('is refused where tasks are asked for, and the operator reads why', async () => {
    const { it, roles } = await open();
    const { containerInstance } = await it.call('RegisterContainerInstance', {});
    const start = { ...awsvpc, taskDefinition: 'web', containerInstances: [containerInstance.containerInstanceArn] };
    await it.call('CreateService', service);
    roles.refused.add(ROLE);
    const refused = { code: 'ClientException', message: unable(ROLE), reason: 'the trust policy does not name it' };
    await expect(it.call('RunTask', run)).rejects.toMatchObject(refused);
    await expect(it.call('StartTask', start)).rejects.toMatchObject(refused);
    await expect(it.call('CreateService', { ...service, serviceName: 'b' })).rejects.toMatchObject(refused);
    await expect(it.call('UpdateService', { service: 'api', taskDefinition: 'web:1' })).rejects.toMatchObject(refused);
    await it.call('UpdateService', { service: 'api', desiredCount: 0 });
  });

  test('the override’s is the one that counts', async () => {
    const { it, roles } = await open();
    const mine = { ...run, overrides: { taskRoleArn: 'mine' } };
    roles.refused.add(OVERRIDE);
    await expect(it.call('RunTask', mine)).rejects.toMatchObject({ message: unable(OVERRIDE) });
    roles.refused.clear();
    roles.refused.add(ROLE);
    expect((await it.call('RunTask', mine)).tasks).toHaveLength(1);
  });

  test('a definition that is not there is told as before', async () => {
    const { it } = await open();
    await expect(it.call('RunTask', { ...run, taskDefinition: 'none' })).rejects.toMatchObject({
      message: 'TaskDefinition not found.',
    });
    await expect(it.call('CreateService', { ...service, taskDefinition: 'none' })).rejects.toMatchObject({
      message: 'TaskDefinition not found.',
    });
  });

  test('a service says so once, starts nothing, and goes on when the role is mended', async () => {
    const { it, roles } = await open();
    it.connect();
    await it.call('CreateService', { ...service, desiredCount: 0 });
    roles.refused.add(ROLE);
    await it.call('UpdateService', { service: 'api', desiredCount: 1 });
    await it.settle();
    const pass = (): Promise<void> => it.pass(HOUSEKEEPING_MS);
    await pass();
    await pass();
    const events = async (): Promise<string[]> =>
      (await it.call('DescribeServices', { services: ['api'] })).services[0].events.map(
        ({ message }: { message: string }) => message,
      );
    const failed = `(service api) failed to launch a task with (error ${unable(ROLE)}).`;
    expect((await events()).filter((message) => message === failed)).toHaveLength(1);
    expect((await it.call('ListTasks')).taskArns).toEqual([]);

    roles.refused.clear();
    await pass();
    expect((await it.call('ListTasks')).taskArns).toHaveLength(1);
    expect((await events())[0]).toBe('(service api) has reached a steady state.');
  });

  test('a task that is to be handed to its host fails to start', async () => {
    const { it, roles } = await open();
    const { tasks } = await it.call('RunTask', run);
    roles.refused.add(ROLE);
    const host = it.connect();
    await it.settle();
    const described = await it.call('DescribeTasks', { tasks: [tasks[0].taskArn] });
    expect(described.tasks[0]).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'TaskFailedToStart',
      stoppedReason: unable(ROLE),
    });
    expect(host.tasks.size).toBe(0);
  });
});

test('an empty role of the overrides is none: exec without a task role stays refused', async () => {
  const it = openEcs();
  await prepare(it, { taskRoleArn: '' });
  const exec = { ...run, enableExecuteCommand: true, overrides: { taskRoleArn: '' } };
  await expect(it.call('RunTask', exec)).rejects.toMatchObject({
    code: 'InvalidParameterException',
    message: expect.stringContaining("The task couldn't be run because a valid taskRoleArn is not being used."),
  });
});
