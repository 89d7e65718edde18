import { expect, test } from 'vitest';
import { awsvpc, openEcs, prepare } from './ecs.fixture.js';

async function open() {
  const it = openEcs();
  await it.ecs.start();
  await prepare(it);
  it.connect();
  const run = { ...awsvpc, taskDefinition: 'web', launchType: 'FARGATE' };
  await it.call('CreateService', { ...run, serviceName: 'api', desiredCount: 1 });
  await it.settle();
  const [ofService] = (await it.call('ListTasks', { serviceName: 'api' })).taskArns as string[];
  const alone: string = (await it.call('RunTask', run)).tasks[0].taskArn;
  return { it, ofService: ofService!, alone };
}

test('a task of a service is protected until its time is over', async () => {
  const { it, ofService } = await open();
  const get = async () =>
    (await it.call('GetTaskProtection', { cluster: 'default', tasks: [ofService] })).protectedTasks;
  expect(await get()).toEqual([{ taskArn: ofService, protectionEnabled: false, expirationDate: undefined }]);
  const request = { cluster: 'default', tasks: [ofService], protectionEnabled: true };
  const expected = (minutes: number) => [
    { taskArn: ofService, protectionEnabled: true, expirationDate: new Date(it.time.now + minutes * 60_000) },
  ];
  const answer = await it.call('UpdateTaskProtection', request);
  expect(answer).toEqual({ protectedTasks: expected(120), failures: [] });
  await it.call('UpdateTaskProtection', { ...request, expiresInMinutes: 5 });
  expect(await get()).toEqual(expected(5));
  it.time.now += 5 * 60_000;
  expect((await get())[0].protectionEnabled).toBe(false);
  await it.call('UpdateTaskProtection', request);
  await it.call('UpdateTaskProtection', { ...request, protectionEnabled: false });
  expect((await get())[0].protectionEnabled).toBe(false);
});

test('a task alone is not valid, one that is not there is missing', async () => {
  const { it, alone } = await open();
  const missing = alone.replace(/.{4}$/, '0000');
  for (const operation of ['GetTaskProtection', 'UpdateTaskProtection']) {
    const request = { cluster: 'default', tasks: [alone, missing], protectionEnabled: true };
    expect(await it.call(operation, request)).toEqual({
      protectedTasks: [],
      failures: [
        { arn: alone, reason: 'TASK_NOT_VALID' },
        { arn: missing, reason: 'MISSING' },
      ],
    });
  }
});

test.each([
  ['no tasks', { tasks: [] }, 'Tasks cannot be empty.'],
  ['too many', { tasks: Array.from({ length: 11 }, () => '0'.repeat(32)) }, 'tasks can have at most 10 items.'],
  ['too long', { expiresInMinutes: 2881 }, 'expiresInMinutes should be between 1 and 2880.'],
])('UpdateTaskProtection refuses %s', async (_name, change, message) => {
  const { it, ofService } = await open();
  const request = { cluster: 'default', tasks: [ofService], protectionEnabled: true, ...change };
  await expect(it.call('UpdateTaskProtection', request)).rejects.toMatchObject({
    code: 'InvalidParameterException',
    message,
  });
});
