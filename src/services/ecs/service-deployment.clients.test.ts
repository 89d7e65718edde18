import { expect, test } from 'vitest';
import { FIRST_BACKOFF_MS } from './deployment.js';
import { CLI_LIMIT_MS, hasCli, openClients } from './ecs-clients.fixture.js';
import { fargateDefinition, type Answer } from './ecs.fixture.js';

/** Real milliseconds in which the CLI has started and asked for the first time. */
const FIRST_POLL_MS = 6000;

/** A service of two tasks, made and read with the AWS CLI. */
async function open() {
  const { it, aws } = await openClients();
  const host = it.connect();
  await aws('ecs', 'create-cluster', '--cluster-name', 'demo');
  await aws('ecs', 'register-task-definition', '--cli-input-json', JSON.stringify(fargateDefinition));
  await aws(
    ...['ecs', 'create-service', '--cluster', 'demo', '--service-name', 'api', '--task-definition', 'web'],
    ...['--desired-count', '2', '--launch-type', 'FARGATE', '--deployment-configuration'],
    'deploymentCircuitBreaker={enable=true,rollback=true},maximumPercent=200,minimumHealthyPercent=50',
    ...['--network-configuration', 'awsvpcConfiguration={subnets=[subnet-12344321]}'],
  );
  await it.settle();
  const service = async (): Promise<Answer> =>
    (await aws('ecs', 'describe-services', '--cluster', 'demo', '--services', 'api')).services[0];
  const update = (...options: string[]) =>
    aws('ecs', 'update-service', '--cluster', 'demo', '--service', 'api', ...options);

  /** Begins to wait, and answers when the waiter has seen that the service is not stable. */
  async function beginToWait() {
    let over = false;
    const stable = aws('ecs', 'wait', 'services-stable', '--cluster', 'demo', '--services', 'api').finally(() => {
      over = true;
    });
    await new Promise((resolve) => setTimeout(resolve, FIRST_POLL_MS));
    return { stable, isOver: () => over };
  }
  return { it, host, service, update, beginToWait, aws };
}

test.skipIf(!hasCli)(
  'the AWS CLI waits through a rolling deployment, which describe-services shows',
  { timeout: CLI_LIMIT_MS },
  async () => {
    const { it, host, service, update, beginToWait } = await open();
    host.manual = true;
    await update('--force-new-deployment');
    await it.settle();
    const { stable, isOver } = await beginToWait();
    expect(isOver()).toBe(false);
    const during = await service();
    expect(during.deployments).toMatchObject([
      { status: 'PRIMARY', rolloutState: 'IN_PROGRESS', pendingCount: 2, runningCount: 0 },
      // Half of the old ones may go at once.
      { status: 'ACTIVE', rolloutState: 'COMPLETED', runningCount: 1 },
    ]);
    host.manual = false;
    for (const arn of [...host.stopped]) await host.end(arn);
    for (const task of host.tasks.values()) await host.run(task);
    await it.settle();
    await stable;
    const after = await service();
    expect(after).toMatchObject({ runningCount: 2, deployments: [{ status: 'PRIMARY', rolloutState: 'COMPLETED' }] });
    expect(after.events.map(({ message }: Answer) => message)).toContain('(service api) has reached a steady state.');
  },
);

test.skipIf(!hasCli)(
  'the AWS CLI waits through a rollback by the circuit breaker',
  { timeout: CLI_LIMIT_MS },
  async () => {
    const { it, host, service, update, beginToWait, aws } = await open();
    const before = await service();
    await aws('ecs', 'register-task-definition', '--cli-input-json', JSON.stringify(fargateDefinition));
    const run = host.run.bind(host);
    const reason = 'CannotPullContainerError: pull access denied for nothing';
    host.run = (payload) => (payload.version === '2' ? host.end(payload.arn, { reason }) : run(payload));
    await update('--task-definition', 'web:2');
    await it.settle();
    const { stable, isOver } = await beginToWait();
    expect(isOver()).toBe(false);
    expect((await service()).deployments[0]).toMatchObject({ rolloutState: 'IN_PROGRESS', failedTasks: 2 });
    it.time.advance(FIRST_BACKOFF_MS);
    await it.settle();
    await stable;
    const after = await service();
    expect(after.taskDefinition).toBe(before.taskDefinition);
    expect(after.deployments).toMatchObject([
      {
        rolloutState: 'COMPLETED',
        runningCount: 2,
        taskDefinition: before.taskDefinition,
      },
    ]);
    const messages: string[] = after.events.map(({ message }: Answer) => message);
    expect(messages.some((message) => message.endsWith('deployment failed: tasks failed to start.'))).toBe(true);
    expect(messages.some((message) => message.includes('rolling back to deployment'))).toBe(true);
  },
);
