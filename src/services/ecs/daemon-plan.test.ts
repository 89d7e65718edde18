import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planDaemon, type DaemonPlace } from './daemon-plan.js';
import { deployed } from './deployment.js';
import { blankService } from './service.fixture.js';
import type { PlannedTask } from './service-plan.js';

const launch = { launchType: 'EC2' as const };
const service = deployed(
  { ...blankService(0, 0, 100), schedulingStrategy: 'DAEMON' },
  'now',
  { taskDefinitionArn: 'a', launch },
  0,
);
const place = (arn: string, suits = true): DaemonPlace => ({ arn, suits, connected: true });
const task = (arn: string, host: string, changes: Partial<PlannedTask> = {}): PlannedTask => ({
  ...{ arn, id: arn, host, deploymentId: 'now', lastStatus: 'RUNNING', desiredStatus: 'RUNNING', createdAt: 0 },
  ...changes,
});

test('two tasks on one instance and none on the other: as many as there shall be, and not steady', () => {
  const plan = planDaemon(service, [task('t1', 'a'), task('t2', 'a', { createdAt: 1 })], [place('a'), place('b')], 10);
  expect(plan).toMatchObject({ desiredCount: 2, on: ['b'], stop: [{ arn: 't2' }], steady: false });
});

test('instances come, go and drain in any order: in the end each that suits has one task, and no other has any', () => {
  const step = fc.tuple(fc.constantFrom('join', 'drain', 'run', 'end', 'crash'), fc.nat(9));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const places = new Map<string, DaemonPlace>();
      let tasks: PlannedTask[] = [];
      let made = 0;
      const act = (): void => {
        const plan = planDaemon(service, tasks, [...places.values()], 10);
        tasks = tasks.map((one) =>
          plan.stop.includes(one) ? { ...one, lastStatus: 'STOPPING', desiredStatus: 'STOPPED' } : one,
        );
        for (const host of plan.on ?? []) {
          tasks.push(task(`t${made++}`, host, { lastStatus: 'PENDING', createdAt: made }));
        }
        const live = tasks.filter(({ desiredStatus }) => desiredStatus === 'RUNNING').map(({ host }) => host);
        expect(new Set(live).size).toBe(live.length);
      };
      const turn = (of: PlannedTask | undefined, lastStatus: PlannedTask['lastStatus'] | undefined): void => {
        tasks = tasks.flatMap((one) => (one !== of ? [one] : lastStatus === undefined ? [] : [{ ...one, lastStatus }]));
      };
      for (const [kind, number] of steps) {
        const name = `i${number % 4}`;
        if (kind === 'join') places.set(name, place(name));
        if (kind === 'drain' && places.has(name)) places.set(name, place(name, false));
        const pending = tasks.filter(({ lastStatus }) => lastStatus === 'PENDING');
        if (kind === 'run') turn(pending[number % pending.length], 'RUNNING');
        const stopping = tasks.filter(({ lastStatus }) => lastStatus === 'STOPPING');
        if (kind === 'end') turn(stopping[number % stopping.length], undefined);
        if (kind === 'crash') turn(tasks[number % tasks.length], undefined);
        act();
      }
      for (let round = 0; round < 4; round++) {
        for (const one of tasks) turn(one, one.desiredStatus === 'RUNNING' ? 'RUNNING' : undefined);
        act();
      }
      const suited = [...places.values()].filter(({ suits }) => suits).map(({ arn }) => arn);
      expect(tasks.map(({ host }) => host).sort()).toEqual(suited.sort());
      expect(planDaemon(service, tasks, [...places.values()], 10).steady).toBe(true);
    }),
  );
});
