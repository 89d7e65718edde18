import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ExecuteCommandCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
  SubmitTaskStateChangeCommand,
  type SubmitTaskStateChangeCommandInput,
  type Task,
} from '@aws-sdk/client-ecs';
import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { StartSessionCommand } from '@aws-sdk/client-ssm';
import { expect, onTestFinished, test } from 'vitest';
import { explainEvent } from '../src/apps/cli/why/explain-event.js';
import { createMessageSocketPair } from '../src/platform/aws/message-socket-pair.js';
import type { CloudTrailRecord } from '../src/services/cloudtrail/cloudtrail-record.js';
import { FakeHost } from '../src/services/ecs/fake-host.fixture.js';
import { policy } from './account.fixture.js';
import { accountEndpoint, ACCOUNT, REGION } from './account-endpoint.fixture.js';

const NOT_ENABLED = 'InvalidParameterException';
const NOT_CONNECTED = 'TargetNotConnectedException';

type Endpoint = Awaited<ReturnType<typeof accountEndpoint>>;
type Report = Omit<SubmitTaskStateChangeCommandInput, 'task'>;

const agent = (status: string, reason?: string, containerName = 'app') => ({
  managedAgents: [
    {
      containerName,
      managedAgentName: 'ExecuteCommandAgent' as const,
      status,
      ...(reason !== undefined && { reason }),
    },
  ],
});

/** A host that runs what it is given, but for what a test says; without the network between. */
function connect({ services, ecs }: Endpoint): FakeHost {
  const [near, far] = createMessageSocketPair();
  const route = services.endpoint.upgrades.find(({ path }) => path.test('/ws'));
  if (route === undefined) throw new Error('nobody takes hosts');
  const arn = `arn:aws:iam::${ACCOUNT}:user/host`;
  const caller = { accountId: ACCOUNT, arn, userId: 'AIDA', accessKeyId: 'AKIA', type: 'user' } as const;
  const context = {
    ...{ requestId: 'r', caller, region: REGION, sourceIp: '127.0.0.1', userAgent: 'host', endpointUrl: '' },
  };
  route.accept(
    { path: '/ws', query: new URLSearchParams('hostId=h1&capacity=FARGATE'), context, sourceIp: '127.0.0.1' },
    far,
  );
  const submit = (report: object) =>
    ecs.send(new SubmitTaskStateChangeCommand(report as SubmitTaskStateChangeCommandInput)).catch((error: unknown) => {
      if (!finished) throw error;
    });
  let finished = false;
  onTestFinished(() => {
    finished = true;
    near.terminate();
  });
  return new FakeHost(near, submit, []);
}

interface Started {
  readonly endpoint: Endpoint;
  readonly host: FakeHost;
  readonly taskArn: string;
  readonly find: () => Promise<Task>;
  readonly until: (is: (task: Task) => boolean) => Promise<void>;
  readonly report: (report: Report) => Promise<unknown>;
}

interface Row {
  readonly definition?: Partial<RegisterTaskDefinitionCommandInput>;
  readonly run?: Partial<RunTaskCommandInput>;
  /** The host only records what it is told. */
  readonly manual?: true;
  readonly container?: string;
  readonly happens?: (started: Started) => Promise<unknown>;
  readonly code: string;
  /** What the operator reads. */
  readonly reason: string | RegExp;
  /** State and reason of the container's agent in DescribeTasks. */
  readonly agent?: { readonly lastStatus: string; readonly reason?: string };
}

async function start({ definition, run, manual }: Row): Promise<Started> {
  const endpoint = await accountEndpoint();
  const { ecs, iam } = endpoint;
  const Principal = { Service: 'ecs-tasks.amazonaws.com' };
  const AssumeRolePolicyDocument = policy({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
  await iam.send(new CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument }));
  await ecs.send(new CreateClusterCommand({}));
  const host = connect(endpoint);
  host.manual = manual === true;
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      ...{ family: 'app', taskRoleArn: 'app', ...FARGATE },
      containerDefinitions: [{ name: 'app', image: 'host', memory: 64 }],
      ...definition,
    }),
  );
  const { tasks, failures } = await ecs.send(
    new RunTaskCommand({
      ...{ taskDefinition: 'app', enableExecuteCommand: true },
      ...{ launchType: 'FARGATE', networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-12344321'] } } },
      ...run,
    }),
  );
  expect(failures).toEqual([]);
  const taskArn = tasks?.[0]?.taskArn ?? '';
  const find = async () => {
    const described = await ecs.send(new DescribeTasksCommand({ tasks: [taskArn] }));
    return described.tasks?.[0] ?? {};
  };
  const until = async (is: (task: Task) => boolean) => {
    await expect.poll(async () => is(await find()), { timeout: 10_000, interval: 20 }).toBe(true);
  };
  if (manual === true) await expect.poll(() => host.tasks.size, { timeout: 10_000, interval: 20 }).toBe(1);
  else await until(({ lastStatus }) => lastStatus === 'RUNNING');
  const report = (change: Report) => ecs.send(new SubmitTaskStateChangeCommand({ task: taskArn, ...change }));
  return { endpoint, host, taskArn, find, until, report };
}

const FARGATE: Partial<RegisterTaskDefinitionCommandInput> = {
  ...{ networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'], cpu: '256', memory: '512' },
};

const side = { name: 'side', image: 'host', memory: 64 };
const both = [{ name: 'app', image: 'host', memory: 64 }, side];
const running = {
  status: 'RUNNING',
  containers: [{ containerName: 'app', runtimeId: 'r-1', status: 'RUNNING' }],
};

const DENIED = 'User: arn:aws:sts::1:assumed-role/app/t is not authorized to perform: ssmmessages:CreateControlChannel';

const ROWS: Readonly<Record<string, Row>> = {
  'the task was started without exec': {
    run: { enableExecuteCommand: false },
    code: NOT_ENABLED,
    reason: 'the task was started without enableExecuteCommand',
  },
  'the task is on its way': {
    manual: true,
    code: NOT_ENABLED,
    reason: 'the task is PENDING',
    agent: { lastStatus: 'PENDING' },
  },
  'the task has been stopped': {
    happens: async ({ endpoint, taskArn, until }) => {
      await endpoint.ecs.send(new StopTaskCommand({ task: taskArn, reason: 'by ann' }));
      await until(({ lastStatus }) => lastStatus === 'STOPPED');
    },
    code: NOT_ENABLED,
    reason: 'the task is STOPPED (UserInitiated: by ann)',
    agent: { lastStatus: 'STOPPED', reason: 'Received Container Stopped event' },
  },
  'the container has ended, and others run on': {
    definition: { containerDefinitions: [{ name: 'app', image: 'host', essential: false }, side] },
    container: 'app',
    happens: ({ report }) =>
      report({ containers: [{ containerName: 'app', status: 'STOPPED', exitCode: 3, reason: 'OOM' }] }),
    code: NOT_ENABLED,
    reason: 'container app is STOPPED with exit code 3: OOM',
    agent: { lastStatus: 'STOPPED', reason: 'Received Container Stopped event' },
  },
  'the agent is being started': {
    manual: true,
    happens: ({ report }) => report(running),
    code: NOT_ENABLED,
    reason: 'ExecuteCommandAgent is PENDING: it is being started',
    agent: { lastStatus: 'PENDING' },
  },
  'the root file system is read-only': {
    definition: { containerDefinitions: [{ name: 'app', image: 'host', readonlyRootFilesystem: true }] },
    code: NOT_ENABLED,
    reason: /^ExecuteCommandAgent is STOPPED: unable to start ExecuteCommandAgent \[pre-start\]: .*read-only$/,
    agent: {
      lastStatus: 'STOPPED',
      reason: 'unable to start ExecuteCommandAgent [pre-start]: the root file system of the container is read-only',
    },
  },
  'another container has the PID namespace': {
    definition: { containerDefinitions: both, pidMode: 'task' },
    container: 'side',
    code: NOT_ENABLED,
    reason: /^ExecuteCommandAgent is STOPPED: the task's containers share a PID namespace, .* container app has it$/,
    agent: {
      lastStatus: 'STOPPED',
      reason: "the task's containers share a PID namespace, and the ExecuteCommandAgent of container app has it",
    },
  },
  ...Object.fromEntries(
    [
      'unable to start ExecuteCommandAgent [create]: no such file or directory',
      'unable to start ExecuteCommandAgent [inspect]: timeout',
      'ExecuteCommandAgent process exited with exit code: 137',
      'ExecuteCommandAgent Initialization failed - getaddrinfo ENOTFOUND ssmmessages.invalid',
      'ExecuteCommandAgent cannot be restarted',
    ].map((reason): [string, Row] => [
      `the host says: ${reason}`,
      {
        happens: ({ report }) => report(agent('STOPPED', reason)),
        code: NOT_ENABLED,
        reason: `ExecuteCommandAgent is STOPPED: ${reason}`,
        agent: { lastStatus: 'STOPPED', reason },
      },
    ]),
  ),
  'the host does not say why': {
    happens: ({ report }) => report(agent('STOPPED')),
    code: NOT_ENABLED,
    reason: 'ExecuteCommandAgent is STOPPED: the container host gave no reason',
    agent: { lastStatus: 'STOPPED', reason: 'the container host gave no reason' },
  },
  'the agent runs, and its channel is refused': {
    happens: ({ report }) => report(agent('RUNNING', `ExecuteCommandAgent is running but not connected: ${DENIED}`)),
    code: NOT_CONNECTED,
    reason: /has a control channel open for ecs:default_.*; ExecuteCommandAgent says: .*CreateControlChannel$/,
    agent: { lastStatus: 'RUNNING', reason: `ExecuteCommandAgent is running but not connected: ${DENIED}` },
  },
  'the agent runs, and has not connected yet': {
    happens: ({ report }) => report(agent('RUNNING', 'ExecuteCommandAgent started')),
    code: NOT_CONNECTED,
    reason: /; ExecuteCommandAgent runs, and has not connected yet or lost its connection: it goes on trying$/,
    agent: { lastStatus: 'RUNNING', reason: 'ExecuteCommandAgent started' },
  },
};

async function eventOf({ cloudtrail }: Endpoint, name: string): Promise<CloudTrailRecord> {
  const LookupAttributes = [{ AttributeKey: 'EventName' as const, AttributeValue: name }];
  const { Events = [] } = await cloudtrail.send(new LookupEventsCommand({ LookupAttributes }));
  return JSON.parse(Events[0]?.CloudTrailEvent ?? '{}') as CloudTrailRecord;
}

test.each(Object.entries(ROWS))(
  '%s: the caller reads AWS’s text, the operator why',
  { timeout: 60_000 },
  async (_name, row) => {
    const started = await start(row);
    const { endpoint, taskArn } = started;
    await row.happens?.(started);
    const { container = 'app' } = row;
    const asked = endpoint.ecs.send(
      new ExecuteCommandCommand({ task: taskArn, container, command: '/bin/sh', interactive: true }),
    );
    const matching = typeof row.reason === 'string' ? row.reason : (expect.stringMatching(row.reason) as string);
    await expect(asked).rejects.toMatchObject({
      name: row.code,
      message: expect.stringMatching(
        row.code === NOT_CONNECTED ? /internal error\. Try again later/ : /execute command agent isn’t running/,
      ) as string,
    });

    const { containers = [] } = await started.find();
    const [shown] = containers.find(({ name }) => name === container)?.managedAgents ?? [];
    if (row.agent === undefined) expect(shown).toBeUndefined();
    else expect(shown).toMatchObject({ name: 'ExecuteCommandAgent', ...row.agent });

    const event = await eventOf(endpoint, 'ExecuteCommand');
    expect(event).toMatchObject({ errorCode: row.code, additionalEventData: { reason: matching } });
    // What `gangway why` prints of it.
    const reason = event.additionalEventData?.reason ?? '';
    expect(explainEvent(event)).toContain(`\nreason    ${reason}\n`);
    // Nothing of it reaches the caller.
    expect(event.errorMessage).not.toContain(reason);
  },
);

test('a plain session to a container that cannot be entered: why, for the operator', async () => {
  const { endpoint, taskArn, report, find } = await start({ code: '', reason: '' });
  await report(agent('STOPPED', 'no pty'));
  const { containers = [] } = await find();
  const target = (runtimeId: string | undefined) => `ecs:default_${taskArn.split('/').at(-1) ?? ''}_${runtimeId ?? ''}`;
  for (const [Target, reason] of [
    [target(containers[0]?.runtimeId), 'ExecuteCommandAgent is STOPPED: no pty'],
    [target('0123-1'), 'no such container'],
  ] as const) {
    await expect(endpoint.ssm.send(new StartSessionCommand({ Target }))).rejects.toMatchObject({
      name: 'TargetNotConnected',
    });
    expect(await eventOf(endpoint, 'StartSession')).toMatchObject({ additionalEventData: { reason } });
  }
});
