import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ContainerDependency } from '../../core/protocol/agent-service.js';
import { HandClock, settle } from '../fixtures/hand-clock.fixture.js';
import { ChangeSignal } from './change-signal.js';
import type { ContainerProgress } from './dependency.js';
import { DependencyError, startInOrder, type Ordered } from './start-order.js';

type Needs = Partial<Record<string, ContainerDependency['condition']>>;

/** Containers whose states a test sets. */
class Fleet {
  readonly clock = new HandClock();
  readonly signal = new ChangeSignal();
  readonly order: string[] = [];
  readonly state = new Map<string, Partial<ContainerProgress>>();
  readonly containers: Ordered[] = [];
  waits = 0;
  stopping = false;

  add(name: string, needs: Needs = {}, more: { startTimeout?: number; essential?: boolean; checked?: boolean } = {}) {
    const { order, state, clock } = this;
    const { startTimeout, essential = true, checked = false } = more;
    let begunAt: number | undefined;
    this.containers.push({
      payload: {
        name,
        dependsOn: Object.entries(needs).map(([containerName, condition]) => ({
          containerName,
          condition: condition!,
        })),
        ...(startTimeout !== undefined && { startTimeout }),
      },
      get progress() {
        const health = checked ? { health: 'UNKNOWN' as const } : {};
        return { name, essential, status: 'PENDING' as const, ...health, ...state.get(name) };
      },
      get begunAt() {
        return begunAt;
      },
      start: () => {
        order.push(name);
        begunAt = clock.now();
        state.set(name, { status: 'RUNNING' });
        return Promise.resolve();
      },
    });
    return this;
  }

  set(name: string, state: Partial<ContainerProgress>): void {
    this.state.set(name, { ...this.state.get(name), ...state });
    this.signal.raise();
  }

  /** `done` or what it was rejected with, when it has settled. */
  run(): { outcome?: unknown } {
    const result: { outcome?: unknown } = {};
    startInOrder({
      containers: this.containers,
      clock: this.clock,
      changed: () => this.signal.next(),
      stopping: () => this.stopping,
      waiting: () => (this.waits += 1),
    }).then(
      () => (result.outcome = 'done'),
      (error: unknown) => (result.outcome = error),
    );
    return result;
  }
}

test('without conditions: in the order of the definition', async () => {
  const fleet = new Fleet().add('c').add('a').add('b');
  const result = fleet.run();
  await settle();
  expect([fleet.order, result.outcome]).toEqual([['c', 'a', 'b'], 'done']);
});

test('START: one that is named later starts first, and nothing else is held up', async () => {
  const fleet = new Fleet().add('web', { db: 'START' }).add('other').add('db');
  const result = fleet.run();
  await settle();
  expect([fleet.order, result.outcome]).toEqual([['other', 'db', 'web'], 'done']);
});

test.each([
  ['COMPLETE', { status: 'STOPPED', exitCode: 3 }],
  ['SUCCESS', { status: 'STOPPED', exitCode: 0 }],
  ['HEALTHY', { health: 'HEALTHY' }],
] as const)('%s: waited for until it comes true', async (condition, state) => {
  const fleet = new Fleet().add('app', { init: condition }).add('init', {}, { checked: condition === 'HEALTHY' });
  const result = fleet.run();
  await settle();
  expect([fleet.order, result.outcome]).toEqual([['init'], undefined]);
  expect(fleet.waits).toBe(1);
  fleet.signal.raise();
  await settle();
  expect(fleet.order).toEqual(['init']);
  fleet.set('init', state);
  await settle();
  expect([fleet.order, result.outcome]).toEqual([['init', 'app'], 'done']);
});

test.each([
  ['SUCCESS', { status: 'STOPPED', exitCode: 1 }, 'as dependency did not exit successfully'],
  ['SUCCESS', { status: 'STOPPED' }, 'because dependency will never start'],
  ['HEALTHY', { health: 'UNHEALTHY' }, 'as dependency is UNHEALTHY'],
  ['HEALTHY', { status: 'STOPPED', exitCode: 0 }, 'as dependency has ended'],
] as const)('%s that can never come true fails, in words like ecs-agent has', async (condition, state, why) => {
  const fleet = new Fleet().add('init', {}, { checked: true }).add('app', { init: condition });
  const result = fleet.run();
  await settle();
  fleet.set('init', state);
  await settle();
  expect(result.outcome).toBeInstanceOf(DependencyError);
  expect(result.outcome).toMatchObject({
    container: 'app',
    message: `dependency graph: failed to resolve container ordering dependency [init, ${condition}] for target [app] ${why}`,
  });
  expect(fleet.order).toEqual(['init']);
});

test('one that the task can be without may be UNHEALTHY for a while', async () => {
  const fleet = new Fleet().add('cache', {}, { checked: true, essential: false }).add('app', { cache: 'HEALTHY' });
  const result = fleet.run();
  await settle();
  fleet.set('cache', { health: 'UNHEALTHY' });
  await settle();
  expect(result.outcome).toBeUndefined();
  fleet.set('cache', { health: 'HEALTHY' });
  await settle();
  expect(result.outcome).toBe('done');
});

test('startTimeout: counted from the start of the container that is waited for', async () => {
  const fleet = new Fleet()
    .add('init', {}, { startTimeout: 10 })
    .add('app', { init: 'SUCCESS' })
    .add('free', { init: 'START' });
  const result = fleet.run();
  await fleet.clock.advance(9_999);
  expect([fleet.order, result.outcome]).toEqual([['init', 'free'], undefined]);
  await fleet.clock.advance(1);
  expect(result.outcome).toMatchObject({
    container: 'app',
    message: 'dependency graph: container ordering dependency [init, SUCCESS] for target [app] has timed out.',
  });
  expect(fleet.clock.pending).toBe(0);
});

test('a condition that comes true in time leaves no timer behind', async () => {
  const fleet = new Fleet().add('init', {}, { startTimeout: 10 }).add('app', { init: 'SUCCESS' });
  const result = fleet.run();
  await fleet.clock.advance(9_000);
  fleet.set('init', { status: 'STOPPED', exitCode: 0 });
  await settle();
  expect([result.outcome, fleet.clock.pending]).toEqual(['done', 0]);
});

test('a stop ends the wait, and starts nothing more', async () => {
  const fleet = new Fleet().add('init').add('app', { init: 'COMPLETE' });
  const result = fleet.run();
  await settle();
  fleet.stopping = true;
  fleet.set('init', { status: 'STOPPED', exitCode: 0 });
  await settle();
  expect([fleet.order, result.outcome]).toEqual([['init'], 'done']);
});

test("a circle, one upon itself, and a name that is nobody's fail at once", async () => {
  const circle = new Fleet().add('a', { b: 'START' }).add('b', { c: 'HEALTHY' }).add('c', { a: 'COMPLETE' });
  const self = new Fleet().add('a', { a: 'START' });
  const nobody = new Fleet().add('a', { z: 'START' });
  const results = [circle.run(), self.run(), nobody.run()];
  await settle();
  expect(results.map(({ outcome }) => (outcome as Error).message)).toEqual([
    'dependency graph: containers [a, b, c] wait for each other',
    'dependency graph: containers [a] wait for each other',
    'dependency graph: container ordering dependency [z] for target [a] does not exist.',
  ]);
  expect([circle.order, self.order, nobody.order]).toEqual([[], [], []]);
});

test('a condition of a newer version is not taken for met', async () => {
  const fleet = new Fleet().add('a').add('b', { a: 'DANCING' as 'START' });
  const result = fleet.run();
  await settle();
  expect((result.outcome as Error).message).toContain('as this agent does not know the condition');
});

test('whatever depends on whatever: each starts once, after all it needs, or the wait ends with an error', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const needs = fc.array(fc.tuple(fc.nat(4), fc.nat(4), fc.constantFrom('START', 'COMPLETE', 'SUCCESS')), {
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(needs, async (edges) => {
      const fleet = new Fleet();
      for (const [index, name] of names.entries()) {
        const own = edges.filter(([from]) => from === index).map(([, to, condition]) => [names[to], condition]);
        fleet.add(name, Object.fromEntries(own) as Needs);
      }
      const result = fleet.run();
      for (let step = 0; step < 12 && result.outcome === undefined; step += 1) {
        await settle();
        const running = fleet.order.find((name) => fleet.state.get(name)?.status === 'RUNNING');
        if (running !== undefined) fleet.set(running, { status: 'STOPPED', exitCode: 0 });
      }
      await settle();
      expect(result.outcome).toBeDefined();
      expect(new Set(fleet.order).size).toBe(fleet.order.length);
      if (result.outcome === 'done') expect([...fleet.order].sort()).toEqual(names);
      for (const [index, name] of fleet.order.entries()) {
        const { dependsOn = [] } = fleet.containers.find(({ payload }) => payload.name === name)!.payload;
        for (const { containerName } of dependsOn) expect(fleet.order.slice(0, index)).toContain(containerName);
      }
    }),
    { numRuns: 60 },
  );
});
