import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AwsError } from '../../../platform/aws/aws-error.js';
import { type Answer, awsvpc, fargateDefinition, openEcs } from '../ecs.fixture.js';
import { taskStore } from '../task-store.js';
import { questions } from './ask.fixture.js';

/** ARNs of the things an answer is about. */
function about(answer: Answer): string[] {
  const { task, service, cluster, containerInstance } = answer;
  return [
    ...(answer.tasks ?? []).map((one: Answer) => one.taskArn),
    ...(answer.services ?? []).map((one: Answer) => one.serviceArn),
    ...(answer.clusters ?? []).map((one: Answer) => one.clusterArn),
    ...(answer.failures ?? []).map((one: Answer) => one.arn),
    task?.taskArn,
    service?.serviceArn,
    cluster?.clusterArn,
    // Decided by its cluster.
    containerInstance &&
      containerInstance.containerInstanceArn.replace(/:container-instance\/([^/]+).*/, ':cluster/$1'),
  ].filter((arn) => arn !== undefined);
}

test('whatever mixture of names and ARNs a request has, it is done to what was asked about', async () => {
  const it = openEcs();
  const run = { ...awsvpc, taskDefinition: 'web', launchType: 'FARGATE' };
  await it.call('RegisterTaskDefinition', fargateDefinition);
  const tasks: string[] = [];
  const instances: string[] = [];
  for (const cluster of ['default', 'other']) {
    await it.call('CreateCluster', { clusterName: cluster });
    tasks.push((await it.call('RunTask', { ...run, cluster })).tasks[0].taskArn);
    for (const serviceName of ['api', 'old']) {
      await it.call('CreateService', { ...run, cluster, serviceName, desiredCount: 0 });
    }
    instances.push((await it.call('RegisterContainerInstance', { cluster })).containerInstance.containerInstanceArn);
  }
  /** The ARN, its last part, and the old format without the cluster. */
  const forms = (arns: readonly string[]): fc.Arbitrary<string> =>
    fc.constantFrom(...arns.flatMap((arn) => [arn, arn.split('/').at(-1)!, arn.replace(/\/[^/]+\//, '/')]));
  const clusterForm = fc.constantFrom('default', 'other', it.arn('cluster/default'), it.arn('cluster/other'), '');
  const cluster = fc.oneof(
    fc.constant({}),
    clusterForm.map((name) => ({ cluster: name })),
  );
  const task = forms(tasks);
  const services = (name: string) => forms(['default', 'other'].map((where) => it.arn(`service/${where}/${name}`)));
  const service = services('api');
  const own: Record<string, fc.Arbitrary<object>> = {
    DescribeClusters: clusterForm.map((name) => ({ clusters: [name] })),
    DescribeServices: fc.array(service, { minLength: 1, maxLength: 3 }).map((services) => ({ services })),
    DescribeTasks: fc.array(task, { minLength: 1, maxLength: 3 }).map((list) => ({ tasks: list })),
    DeleteService: services('old').map((name) => ({ service: name })),
    DeregisterContainerInstance: forms(instances).map((containerInstance) => ({ containerInstance })),
    StopTask: task.map((name) => ({ task: name })),
    UpdateCluster: fc.constant({}),
    UpdateService: service.map((name) => ({ service: name, desiredCount: 0 })),
  };
  const request = fc
    .constantFrom(...Object.keys(own))
    .chain((name) => fc.tuple(fc.constant(name), own[name]!, cluster))
    .map(([name, input, where]) => ({ name, input: { ...input, ...where } }));
  const done = new Set<string>();
  await fc.assert(
    fc.asyncProperty(request, async ({ name, input }) => {
      let answer: Answer;
      const asked = await questions(it, name, input).catch((error: unknown) => error);
      try {
        answer = await it.call(name, input);
      } catch (error) {
        expect(error).toBeInstanceOf(AwsError);
        return;
      }
      if (!Array.isArray(asked)) throw asked;
      const resources = asked.flatMap((question) => question.resources.map(({ arn }: { arn: string }) => arn));
      for (const arn of about(answer)) expect(resources).toContain(arn);
      expect(about(answer)).not.toEqual([]);
      done.add(name);
    }),
    { numRuns: 400 },
  );
  expect([...done].sort()).toEqual(Object.keys(own).sort());
});

test('what starts is what was asked about: cluster, definition, roles', async () => {
  const it = openEcs();
  for (const clusterName of ['default', 'other']) await it.call('CreateCluster', { clusterName });
  for (const taskRoleArn of ['first', 'second']) {
    await it.call('RegisterTaskDefinition', { ...fargateDefinition, taskRoleArn });
  }
  const definition = fc.constantFrom(
    'web',
    'web:1',
    'web:2',
    it.arn('task-definition/web'),
    it.arn('task-definition/web:1'),
  );
  const cluster = fc.constantFrom({}, { cluster: 'other' }, { cluster: it.arn('cluster/other') });
  const overrides = fc.constantFrom({}, { overrides: { taskRoleArn: 'third' } }, { overrides: { taskRoleArn: '' } });
  await fc.assert(
    fc.asyncProperty(definition, cluster, overrides, async (taskDefinition, where, override) => {
      const input = { ...awsvpc, launchType: 'FARGATE', taskDefinition, ...where, ...override };
      const [run, role] = await questions(it, 'RunTask', input);
      const { tasks } = await it.call('RunTask', input);
      const [task] = tasks;
      expect(run!.resources[0]!.arn).toBe(task.taskDefinitionArn);
      expect(run!.conditions!['ecs:cluster']).toBe(task.clusterArn);
      const stored = await taskStore.find(it.database, task.taskArn);
      expect(role).toMatchObject({ action: 'iam:PassRole', resources: [{ arn: stored!.taskRoleArn }] });
    }),
    { numRuns: 45 },
  );
});
