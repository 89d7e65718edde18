import { expect, test } from 'vitest';
import type { Caller } from '../../../platform/aws/service.js';
import { context, openEcs } from '../ecs.fixture.js';

const [FIRST, SECOND] = ['mi-0123456789abcdef0', 'mi-0123456789abcdef1'];
const session = (name: string): Caller => ({
  ...context.caller,
  ...{ arn: `arn:aws:sts::111122223333:assumed-role/hosts/${name}`, userId: `AROA:${name}`, type: 'assumed-role' },
});

async function setUp() {
  const it = openEcs();
  await it.call('CreateCluster', { clusterName: 'default' });
  const as = (caller: Caller) => ({ ...context, caller });
  const operation = (name: string) => it.ecs.service.operations.find((one) => one.name === name)!;
  const register = async (caller: Caller, input: object = {}) => {
    const answer = (await operation('RegisterContainerInstance').run(
      { cluster: 'default', ...input } as never,
      as(caller),
    )) as {
      containerInstance: { containerInstanceArn: string; ec2InstanceId: string };
    };
    return answer.containerInstance;
  };
  const ask = (name: string, input: object, caller: Caller) => operation(name).access!(input as never, as(caller));
  const poll = (query: string, caller: Caller) =>
    it.ecs.upgrades[0]!.access!({ path: '/ws', query: new URLSearchParams(query) }, as(caller));
  return { it, register, ask, poll };
}

test('a managed instance is what it signs as, whatever its document says', async () => {
  const { register } = await setUp();
  const instanceIdentityDocument = JSON.stringify({ instanceId: SECOND });
  expect((await register(session(FIRST), { instanceIdentityDocument })).ec2InstanceId).toBe(FIRST);
  expect((await register(context.caller, { instanceIdentityDocument })).ec2InstanceId).toBe(SECOND);
});

test('a managed instance speaks for no other one, and is not given its tasks', async () => {
  const { register, ask, poll } = await setUp();
  const { containerInstanceArn: arn } = await register(session(FIRST));
  const requests = [
    ['RegisterContainerInstance', { cluster: 'default', containerInstanceArn: arn }],
    ['DeregisterContainerInstance', { cluster: 'default', containerInstance: arn }],
    ['UpdateContainerInstancesState', { cluster: 'default', containerInstances: [arn], status: 'DRAINING' }],
  ] as const;
  const refusal = { code: 'AccessDeniedException', message: expect.stringContaining(`on resource: ${arn}`) as string };
  for (const [name, input] of requests) {
    await expect(ask(name, input, session(FIRST))).resolves.toBeDefined();
    await expect(ask(name, input, context.caller)).resolves.toBeDefined();
    await expect(ask(name, input, session(SECOND))).rejects.toMatchObject(refusal);
  }
  const query = `containerInstanceArn=${arn}`;
  await expect(poll(query, session(FIRST))).resolves.toBeDefined();
  await expect(poll(query, session(SECOND))).rejects.toMatchObject(refusal);
});

test('a managed instance offers no Fargate capacity: it would be given tasks of every cluster', async () => {
  const { poll } = await setUp();
  const query = 'hostId=h1&capacity=FARGATE';
  await expect(poll(query, context.caller)).resolves.toBeDefined();
  await expect(poll(query, session(FIRST))).rejects.toMatchObject({ code: 'AccessDeniedException' });
});

test('a managed instance reports of its own tasks alone', async () => {
  const { it, register, ask } = await setUp();
  await it.call('RegisterTaskDefinition', {
    family: 'f',
    containerDefinitions: [{ name: 'app', image: 'host', memory: 64 }],
  });
  const { containerInstanceArn } = await register(session(FIRST), {
    attributes: [{ name: 'ecs.capability.external' }],
  });
  it.connect(`containerInstanceArn=${containerInstanceArn}`);
  await it.settle();
  const { tasks } = await it.call('StartTask', { taskDefinition: 'f', containerInstances: [containerInstanceArn] });
  const input = { task: tasks[0].taskArn, status: 'RUNNING' };
  await expect(ask('SubmitTaskStateChange', input, session(FIRST))).resolves.toBeDefined();
  await expect(ask('SubmitTaskStateChange', input, session(SECOND))).rejects.toMatchObject({
    code: 'AccessDeniedException',
  });
  await expect(ask('SubmitContainerStateChange', input, session(SECOND))).rejects.toMatchObject({
    code: 'AccessDeniedException',
  });
});
