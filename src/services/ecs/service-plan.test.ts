import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deployed } from './deployment.js';
import { blankService } from './service.fixture.js';
import { planService, type PlannedTask } from './service-plan.js';

const launch = { launchType: 'FARGATE' as const };

/** What a host would do next to one task. */
type Step = 'run' | 'stop' | 'crash';

test('every order of events leads to the desired count, never above the maximum nor, while stopping, below the minimum', () => {
  const bounds = fc.record({
    desired: fc.integer({ min: 0, max: 12 }),
    before: fc.integer({ min: 0, max: 12 }),
    min: fc.constantFrom(0, 50, 100),
    max: fc.constantFrom(150, 200),
    events: fc.array(fc.tuple(fc.constantFrom<Step>('run', 'stop', 'crash'), fc.nat(30)), { maxLength: 60 }),
  });
  fc.assert(
    fc.property(bounds, ({ desired, before, min, max, events }) => {
      let service = deployed(
        deployed(blankService(desired, min, max), 'old', { taskDefinitionArn: 'a', launch }, 0),
        'new',
        { taskDefinitionArn: 'b', launch },
        1,
      );
      let count = 0;
      let tasks: PlannedTask[] = Array.from({ length: Math.min(before, desired) }, () => ({
        arn: `t${count}`,
        id: `t${count++}`,
        deploymentId: 'old',
        lastStatus: 'RUNNING',
        desiredStatus: 'RUNNING',
        createdAt: 0,
      }));
      const step = (): void => {
        const plan = planService(service, tasks, 10);
        const running = tasks.filter((task) => task.lastStatus === 'RUNNING').length;
        tasks = tasks.map((task) =>
          plan.stop.some(({ arn }) => arn === task.arn)
            ? { ...task, lastStatus: 'STOPPING', desiredStatus: 'STOPPED' }
            : task,
        );
        const left = tasks.filter((task) => task.lastStatus === 'RUNNING').length;
        if (left < running) expect(left).toBeGreaterThanOrEqual(Math.min(desired, Math.ceil((desired * min) / 100)));
        for (let index = 0; index < plan.start; index++) {
          tasks.push({
            arn: `t${count}`,
            id: `t${count++}`,
            deploymentId: 'new',
            lastStatus: 'PENDING',
            desiredStatus: 'RUNNING',
            createdAt: count,
          });
        }
        const wanted = tasks.filter((task) => task.desiredStatus === 'RUNNING').length;
        if (plan.start > 0) expect(wanted).toBeLessThanOrEqual(Math.floor((desired * max) / 100));
        service = { ...service, deployments: service.deployments.filter(({ id }) => !plan.gone.includes(id)) };
      };
      const apply = (event: Step, index: number): void => {
        const task = tasks[index % Math.max(1, tasks.length)];
        if (task === undefined) return;
        if (event === 'run' && task.lastStatus === 'PENDING')
          tasks = tasks.map((other) => (other === task ? { ...task, lastStatus: 'RUNNING' } : other));
        if ((event === 'stop' && task.desiredStatus === 'STOPPED') || event === 'crash')
          tasks = tasks.filter((other) => other !== task);
      };
      for (const [event, index] of events) {
        step();
        apply(event, index);
      }
      for (let round = 0; round < 60; round++) {
        step();
        tasks.forEach((_, index) => apply('run', index));
        for (const task of tasks.filter(({ desiredStatus }) => desiredStatus === 'STOPPED'))
          apply('stop', tasks.indexOf(task));
      }
      if (planService(service, tasks, 10).blocked) {
        // Only rounding can do this: no room above, nothing to spare below.
        expect(Math.floor((desired * max) / 100)).toBe(desired);
        expect(Math.ceil((desired * min) / 100)).toBe(desired);
        return;
      }
      expect(planService(service, tasks, 10)).toMatchObject({ start: 0, stop: [], gone: [], steady: true });
      expect(tasks.map(({ deploymentId }) => deploymentId)).toEqual(Array(desired).fill('new'));
    }),
  );
});

test('a surplus is taken from those that do not run yet, then from the youngest', () => {
  const service = deployed(blankService(1, 100, 200), 'new', { taskDefinitionArn: 'a', launch }, 0);
  const task = (arn: string, lastStatus: 'RUNNING' | 'PENDING', createdAt: number): PlannedTask => ({
    arn,
    id: arn,
    deploymentId: 'new',
    lastStatus,
    desiredStatus: 'RUNNING',
    createdAt,
  });
  const tasks = [task('old', 'RUNNING', 1), task('young', 'RUNNING', 2), task('starting', 'PENDING', 0)];
  expect(planService(service, tasks, 10).stop.map(({ arn }) => arn)).toEqual(['starting', 'young']);
});
