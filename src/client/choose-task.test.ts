import { describe, expect, it } from 'vitest';
import type { AwsCall } from './aws-call.js';
import { CHOICES_SHOWN, chooseTask } from './choose-task.js';

const id = (letter: string): string => letter.repeat(32);
const arn = (letter: string): string => `arn:aws:ecs:us-east-1:123456789012:task/demo/${id(letter)}`;

interface Shape {
  exec?: boolean;
  status?: string;
  agent?: string;
}

function task(letter: string, { exec = true, status = 'RUNNING', agent = 'RUNNING' }: Shape = {}): unknown {
  return {
    taskArn: arn(letter),
    taskDefinitionArn: 'arn:aws:ecs:us-east-1:123456789012:task-definition/web:3',
    group: 'service:web',
    lastStatus: status,
    enableExecuteCommand: exec,
    containers: [{ name: 'app', managedAgents: [{ name: 'ExecuteCommandAgent', lastStatus: agent }] }],
  };
}

/** An ECS with these pages of tasks. */
function ecs(...pages: unknown[][]): AwsCall {
  return (_service, operation, input) => {
    if (operation === 'ListTasks') {
      const page = Number(input['nextToken'] ?? 0);
      return Promise.resolve({
        taskArns: pages[page]?.map((_task, index) => `${page}/${index}`) ?? [],
        ...(page + 1 < pages.length && { nextToken: String(page + 1) }),
      });
    }
    const tasks = (input['tasks'] as string[]).map((name) => {
      const [page = 0, index = 0] = name.split('/').map(Number);
      return pages[page]?.[index];
    });
    return Promise.resolve({ tasks });
  };
}

describe('the choice of a task', () => {
  it('takes the only one that can be entered', async () => {
    const call = ecs(
      [task('a', { exec: false }), task('b', { status: 'PENDING' }), task('c', { agent: 'PENDING' })],
      [task('d')],
    );
    expect(await chooseTask(call, undefined)).toBe(arn('d'));
  });

  it('lists the choices when there are several', async () => {
    await expect(chooseTask(ecs([task('a'), task('b')]), 'demo')).rejects.toThrow(
      [
        '2 tasks in cluster demo can be entered, name one of them:',
        `  ${id('a')}  web:3  service:web  app`,
        `  ${id('b')}  web:3  service:web  app`,
      ].join('\n'),
    );
  });

  it('does not list without end', async () => {
    const many = Array.from({ length: CHOICES_SHOWN + 5 }, () => task('a'));
    const error = await chooseTask(ecs(many), undefined).catch((reason: unknown) => reason as Error);
    expect((error as Error).message.split('\n')).toHaveLength(CHOICES_SHOWN + 2);
    expect((error as Error).message).toMatch(/and 5 more$/);
  });

  it('says when there is none', async () => {
    await expect(chooseTask(ecs([]), undefined)).rejects.toThrow('no running task in cluster default can be entered');
  });

  it('finds a task by the beginning of its id', async () => {
    const call = ecs([task('a'), task('b')]);
    expect(await chooseTask(call, undefined, 'bb')).toBe(arn('b'));
    await expect(chooseTask(call, undefined, 'cc')).rejects.toThrow('whose id begins with cc');
  });
});
