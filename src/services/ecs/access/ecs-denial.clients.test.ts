import {
  AccessDeniedException,
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  ExecuteCommandCommand,
  RunTaskCommand,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import { expect, onTestFinished, test } from 'vitest';
import { createDial } from '../../../platform/aws/dial-web-socket.js';
import { Endpoint } from '../../../platform/aws/endpoint.js';
import { Secret } from '../../../platform/aws/secret.js';
import { signRequest } from '../../../platform/aws/sign-request.js';
import { awsvpc, context, REGION } from '../ecs.fixture.js';
import { open } from '../execute-command.fixture.js';
import { RecordingAuthorization } from '../../recording-authorization.fixture.js';

const USER = context.caller.arn;

/** The SDK's own client against the real endpoint, with policies that refuse these actions. */
async function connected(...refused: string[]) {
  const authorization = new RecordingAuthorization(...refused);
  const opened = await open({ authorization });
  const endpoint = new Endpoint({
    services: [opened.it.ecs.service],
    routes: [],
    upgrades: opened.it.ecs.upgrades,
    accessKeys: { find: () => Promise.resolve({ secret: new Secret('secret'), caller: context.caller }) },
    authorization,
    region: REGION,
    clock: () => Date.now(),
    log: () => undefined,
  });
  const { url } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  const client = new ECSClient({
    endpoint: url,
    region: REGION,
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIDANN', secretAccessKey: 'secret' },
  });
  onTestFinished(async () => {
    client.destroy();
    await endpoint.close();
  });
  return { ...opened, client, authorization, url };
}

async function refusal(call: Promise<unknown>): Promise<Error> {
  return call.then(
    () => expect.unreachable(),
    (error: unknown) => error as Error,
  );
}

test('a refused caller reads AWS’s words, and the same words where the thing does not exist', async () => {
  const { it, client, task } = await connected('ecs:ExecuteCommand', 'ecs:StopTask', 'ecs:DescribeTasks');
  const said = async (subject: string, cluster = 'default'): Promise<string[]> => {
    const command = { command: 'sh', interactive: true, task: subject, cluster };
    const errors = [
      await refusal(client.send(new ExecuteCommandCommand(command))),
      await refusal(client.send(new ExecuteCommandCommand({ ...command, container: 'app' }))),
      await refusal(client.send(new ExecuteCommandCommand({ ...command, container: 'none' }))),
      await refusal(client.send(new StopTaskCommand({ cluster, task: subject }))),
      await refusal(client.send(new DescribeTasksCommand({ cluster, tasks: [subject] }))),
    ];
    expect(errors[0]).toBeInstanceOf(AccessDeniedException);
    expect(errors.map(({ name }) => name)).toEqual(errors.map(() => 'AccessDeniedException'));
    return errors.map(({ message }) => message.replaceAll(subject, 'ID').replaceAll(`/${cluster}`, '/CLUSTER'));
  };
  const there = await said(task);
  expect(there[0]).toBe(
    `User: ${USER} is not authorized to perform: ecs:ExecuteCommand on resource: ${it.arn('cluster/CLUSTER')} because no identity-based policy allows the ecs:ExecuteCommand action`,
  );
  expect(await said('0'.repeat(32))).toEqual(there);
  expect(await said(task, 'nowhere')).toEqual(there);
  expect(it.sessions.started).toEqual([]);
});

test('a family is refused by the name that was typed, whether it has revisions or not', async () => {
  const { it, client } = await connected('ecs:RunTask');
  const said = async (taskDefinition: string): Promise<string> =>
    (await refusal(client.send(new RunTaskCommand({ taskDefinition })))).message;
  expect(await said('web')).toContain(` on resource: ${it.arn('task-definition/web')} because`);
  expect((await said('none')).replace('/none', '/web')).toBe(await said('web'));
});

test('nothing is done when a later question is refused: the role, the tags', async () => {
  const { it, client, authorization, task } = await connected('iam:PassRole', 'ecs:TagResource');
  const run = { ...awsvpc, taskDefinition: 'web', launchType: 'FARGATE' } as const;
  await expect(client.send(new RunTaskCommand(run))).rejects.toMatchObject({
    message: expect.stringContaining('iam:PassRole on resource: arn:aws:iam::111122223333:role/task-role') as string,
  });
  const tags = [{ key: 'a', value: 'b' }];
  await expect(client.send(new CreateClusterCommand({ clusterName: 'new', tags }))).rejects.toThrow('ecs:TagResource');
  const { taskArns } = await it.call('ListTasks');
  expect(taskArns.map((arn: string) => arn.split('/').at(-1))).toEqual([task]);
  expect((await it.call('ListClusters')).clusterArns).toHaveLength(1);
  authorization.refused.clear();
  expect((await client.send(new RunTaskCommand(run))).tasks).toHaveLength(1);
});

test('a host that may not poll is refused before the WebSocket is there', async () => {
  const { url } = await connected('ecs:Poll');
  const address = `${url.replace('http', 'ws')}/ws?hostId=h2&capacity=FARGATE`;
  const credentials = { accessKeyId: 'AKIDANN', secretAccessKey: new Secret('secret') };
  const signing = { method: 'GET', url: address, service: 'ecs', region: REGION, credentials, time: Date.now() };
  await expect(createDial()(address, signRequest(signing))).rejects.toMatchObject({
    status: 403,
    body: `<AccessDeniedException><Message>User: ${USER} is not authorized to perform: ecs:Poll because no identity-based policy allows the ecs:Poll action</Message></AccessDeniedException>`,
  });
});
