import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreateServiceCommand, DescribeServicesCommand, DescribeTasksCommand } from '@aws-sdk/client-ecs';
import { Stack, program, stackUnavailable } from './stack.fixture.js';

const unavailable = stackUnavailable();

/** Processes of this machine whose command line has the text. */
function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .flatMap((name) => {
      try {
        const line = readFileSync(join('/proc', name, 'cmdline'), 'utf8')
          .replaceAll('\0', ' ')
          .trim();
        return line.includes(text) ? [`${name} ${line}`] : [];
      } catch {
        return [];
      }
    });
}

async function until(what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe.skipIf(unavailable)('kill -9 of gangway up in mid-session, and a new start', () => {
  const stack = new Stack();
  beforeAll(() => stack.up());
  afterAll(() => stack.down());

  it('leaves no process and no mount, keeps the state, and ends the client clearly', { timeout: 120_000 }, async () => {
    const task = await stack.task();
    const marker = `77777${process.pid}`;
    await stack.ecs.send(
      new CreateServiceCommand({
        serviceName: 'web',
        taskDefinition: 'stack',
        desiredCount: 1,
        launchType: 'FARGATE',
        enableExecuteCommand: true,
        networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-12344321'] } },
      }),
    );
    const client = spawn(process.execPath, [program, 'exec', task.id, '--', 'sh', '-c', `echo in; sleep ${marker}`], {
      env: stack.env(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    client.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const closed = new Promise((resolve) => client.on('close', resolve));
    await new Promise((resolve) => client.stdout.once('data', resolve));
    expect(processesWith(`sleep ${marker}`).length).toBeGreaterThan(0);

    const before = processesWith(stack.data).filter((line) => !line.includes('gangway up'));
    expect(before.length).toBeGreaterThan(0);
    await stack.kill('SIGKILL');
    await until('the command is gone', () => !processesWith(`sleep ${marker}`).some((line) => !line.includes('exec')));
    expect(execFileSync('cat', ['/proc/mounts'], { encoding: 'utf8' })).not.toContain(stack.data);

    await stack.up();
    expect(await closed).toBe(255);
    expect(stderr).toMatch(/gangway: .+/);
    const left = processesWith(stack.data).filter((line) => before.includes(line));
    expect(left).toEqual([]);

    const { tasks } = await stack.ecs.send(new DescribeTasksCommand({ tasks: [task.taskArn] }));
    expect(tasks?.[0]?.lastStatus).toBe('STOPPED');
    expect(tasks?.[0]?.stoppedReason).toBeTruthy();
    await until('the service has a running task again', async () => {
      const { services } = await stack.ecs.send(new DescribeServicesCommand({ services: ['web'] }));
      return services?.[0]?.runningCount === 1;
    });
  });

  it('a second up on the same directory is refused with a clear message', async () => {
    const second = await stack.gangway(['up', '--data', stack.data, '--port', '0']);
    expect(second.status).not.toBe(0);
    expect(second.stderr).toContain(stack.data);
    expect(second.stderr).toContain(String(stack.pid));
  });
});
