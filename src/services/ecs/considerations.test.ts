import { describe, expect, test } from 'vitest';
import { awsvpc, fargateDefinition, type Answer } from './ecs.fixture.js';
import { execute, open, two } from './execute-command.fixture.js';

/** The considerations and restrictions that AWS documents for ECS Exec (ecs-api 10), each by its own words. */

const notEnabled = {
  code: 'InvalidParameterException',
  message: expect.stringContaining('execute command was not enabled when the task was run'),
};
const windows = (family: string, image = 'mcr.microsoft.com/windows/servercore:ltsc2022') => ({
  cpu: '1024',
  memory: '2048',
  runtimePlatform: { operatingSystemFamily: family },
  containerDefinitions: [{ name: 'app', image }],
});
type Opened = Awaited<ReturnType<typeof open>>;

async function agents({ it, taskArn }: Opened): Promise<Answer[]> {
  const { tasks } = await it.call('DescribeTasks', { tasks: [taskArn] });
  return tasks[0].containers.map(({ managedAgents }: Answer) => managedAgents?.[0]);
}

describe('exec is for tasks that were started with it', () => {
  test('AWS: the others cannot be entered, and their hosts start no agent', async () => {
    const { it, host, task } = await open({}, {}, { enableExecuteCommand: false });
    expect([...host.tasks.values()]).toMatchObject([{ enableExecuteCommand: false }]);
    await expect(execute(it, { task })).rejects.toMatchObject({
      ...notEnabled,
      reason: 'the task was started without enableExecuteCommand',
    });
  });

  test('open limits: they can, while the API shows what was asked', async () => {
    const opened = await open({ limits: 'open' }, {}, { enableExecuteCommand: false });
    const { it, host, task, taskArn } = opened;
    expect([...host.tasks.values()]).toMatchObject([{ enableExecuteCommand: true }]);
    expect(await execute(it, { task })).toMatchObject({ containerName: 'app' });
    expect((await it.call('DescribeTasks', { tasks: [taskArn] })).tasks[0].enableExecuteCommand).toBe(false);
    expect(await agents(opened)).toEqual([undefined]);
  });

  test('UpdateService does not touch what runs', async () => {
    const { it } = await open();
    const service = { ...awsvpc, taskDefinition: 'web', launchType: 'FARGATE', serviceName: 'api', desiredCount: 1 };
    await it.call('CreateService', service);
    await it.settle();
    await it.call('UpdateService', { service: 'api', enableExecuteCommand: true });
    await it.settle();
    const { taskArns } = await it.call('ListTasks', { serviceName: 'api' });
    expect(taskArns).toHaveLength(1);
    await expect(execute(it, { task: taskArns[0] })).rejects.toMatchObject(notEnabled);
  });
});

test('a task role is required, unless limits are open', async () => {
  const roleless = { taskRoleArn: undefined };
  await expect(open({}, roleless)).rejects.toMatchObject({
    code: 'InvalidParameterException',
    message: expect.stringContaining('a valid taskRoleArn is not being used'),
  });
  const { it, task } = await open({ limits: 'open' }, roleless);
  expect(await execute(it, { task })).toMatchObject({ containerName: 'app' });
});

describe('platform versions', () => {
  test('Linux needs 1.4.0, which LATEST is', async () => {
    await expect(open({}, {}, { platformVersion: '1.3.0' })).rejects.toMatchObject({
      code: 'PlatformTaskDefinitionIncompatibilityException',
    });
    const { it, taskArn } = await open();
    const { tasks } = await it.call('DescribeTasks', { tasks: [taskArn] });
    expect(tasks[0]).toMatchObject({ platformVersion: '1.4.0', platformFamily: 'Linux' });
  });

  test('Windows needs 1.0.0', async () => {
    const { it, taskArn } = await open({}, windows('WINDOWS_SERVER_2022_CORE'), { platformVersion: '1.0.0' });
    const { tasks } = await it.call('DescribeTasks', { tasks: [taskArn] });
    expect(tasks[0]).toMatchObject({ platformVersion: '1.0.0', platformFamily: 'Windows_Server_2022_Core' });
  });
});

describe('Windows', () => {
  test.each(['WINDOWS_SERVER_2019_FULL', 'WINDOWS_SERVER_2022_CORE'])(
    '%s is accepted; no host here has it, and the task says so while it waits',
    async (family) => {
      const opened = await open({}, windows(family));
      const { it, host, taskArn } = opened;
      const reason = `No container host with operating system ${family} is connected.`;
      expect(host.tasks.size).toBe(0);
      expect(await agents(opened)).toEqual([{ name: 'ExecuteCommandAgent', lastStatus: 'PENDING', reason }]);
      const { tasks } = await it.call('DescribeTasks', { tasks: [taskArn] });
      expect(tasks[0]).toMatchObject({ lastStatus: 'PENDING', containers: [{ reason }] });
    },
  );

  test('it does not keep Linux tasks from their host', async () => {
    const { it, host } = await open({}, windows('WINDOWS_SERVER_2022_CORE'));
    await it.call('RegisterTaskDefinition', { ...fargateDefinition, family: 'linux' });
    const run = { ...awsvpc, launchType: 'FARGATE' };
    for (let count = 0; count < 6; count++) await it.call('RunTask', { ...run, taskDefinition: 'web', count: 10 });
    await it.call('RunTask', { ...run, taskDefinition: 'linux' });
    await it.settle();
    expect([...host.tasks.values()].map(({ family }) => family)).toEqual(['linux']);
  });

  test('Nano Server has no agent, for a reason', async () => {
    const nano = windows('WINDOWS_SERVER_2022_CORE', 'mcr.microsoft.com/windows/nanoserver:ltsc2022');
    expect(await agents(await open({}, nano))).toEqual([
      {
        name: 'ExecuteCommandAgent',
        lastStatus: 'STOPPED',
        reason: 'unable to start ExecuteCommandAgent [create]: Windows Nano Server is not supported',
      },
    ]);
  });
});

describe('the root file system must be writable', () => {
  const readOnly = { containerDefinitions: [{ name: 'app', image: 'host', readonlyRootFilesystem: true }] };

  test('AWS: the agent of a read-only one is STOPPED, for a reason', async () => {
    const opened = await open({}, readOnly);
    expect(await agents(opened)).toMatchObject([
      { lastStatus: 'STOPPED', reason: expect.stringContaining('read-only') },
    ]);
    await expect(execute(opened.it, { task: opened.task })).rejects.toMatchObject(notEnabled);
  });

  test('open limits: it runs', async () => {
    const opened = await open({ limits: 'open' }, readOnly);
    expect(await agents(opened)).toMatchObject([{ lastStatus: 'RUNNING' }]);
    expect(await execute(opened.it, { task: opened.task })).toMatchObject({ containerName: 'app' });
  });
});

describe('one session per PID namespace: with pidMode task one container can be entered', () => {
  test('AWS: the second is refused', async () => {
    const { it, task } = await open({}, { ...two, pidMode: 'task' });
    expect(await execute(it, { task, container: 'app' })).toMatchObject({ containerName: 'app' });
    await expect(execute(it, { task, container: 'side' })).rejects.toMatchObject(notEnabled);
  });

  test('open limits: both can be', async () => {
    const { it, task } = await open({ limits: 'open' }, { ...two, pidMode: 'task' });
    expect(await execute(it, { task, container: 'side' })).toMatchObject({ containerName: 'side' });
  });
});

test('with a sidecar the container must be named', async () => {
  const { it, task } = await open({}, two);
  await expect(execute(it, { task })).rejects.toMatchObject({
    code: 'InvalidParameterException',
    message: 'The container name must be specified because the task has multiple containers.',
  });
  expect(await execute(it, { task, container: 'side' })).toMatchObject({ containerName: 'side' });
});

test('RunTask with asynchronous placement on managed scaling has no exec', async () => {
  const run = { launchType: undefined, capacityProviderStrategy: [{ capacityProvider: 'my-instances' }] };
  await expect(open({}, {}, run)).rejects.toMatchObject({
    code: 'InvalidParameterException',
    message: expect.stringMatching(/placed asynchronously: the capacity provider 'my-instances'/),
  });
});

test('AWS keys in the environment of a container are the task’s own affair', async () => {
  const environment = [{ name: 'AWS_ACCESS_KEY_ID', value: 'AKIAEXAMPLE' }];
  const opened = await open({}, { containerDefinitions: [{ name: 'app', image: 'host', environment }] });
  expect(await agents(opened)).toMatchObject([{ lastStatus: 'RUNNING' }]);
});
