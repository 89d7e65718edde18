import { awsvpc, fargateDefinition, openEcs, type TestEcs } from './ecs.fixture.js';

/** A running task of one container, or of two. */
export async function open(options: Parameters<typeof openEcs>[0] = {}, definition: object = {}, run: object = {}) {
  const it = openEcs(options);
  await it.ecs.start();
  await it.call('CreateCluster', {});
  await it.call('RegisterTaskDefinition', { ...fargateDefinition, ...definition });
  const host = it.connect();
  const { tasks } = await it.call('RunTask', {
    ...awsvpc,
    taskDefinition: 'web',
    launchType: 'FARGATE',
    enableExecuteCommand: true,
    ...run,
  });
  await it.settle();
  const task: string = tasks[0].taskArn.split('/').at(-1);
  return { it, host, task, taskArn: tasks[0].taskArn as string };
}

export const two = {
  containerDefinitions: [
    { name: 'app', image: 'host' },
    { name: 'side', image: 'host' },
  ],
};
const base = { command: '/bin/sh', interactive: true };

export function execute(it: TestEcs, input: object) {
  return it.call('ExecuteCommand', { ...base, ...input });
}
