import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  ECSServiceException,
  ExecuteCommandCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  type ExecuteCommandCommandInput,
} from '@aws-sdk/client-ecs';
import { DescribeSessionsCommand, SSMClient, TerminateSessionCommand, type Session } from '@aws-sdk/client-ssm';
import { clientOptions } from './client-options.fixture.js';
import { processesWith, until } from './processes.fixture.js';
import { RunningExec } from './running-exec.fixture.js';
import { Stack, onPath, program, stackUnavailable } from './stack.fixture.js';
import { TestTerminal } from './terminal.fixture.js';

/** Resident bytes of a process. */
function memory(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096;
}

/** The apostrophe is U+2019. */
const NOT_ENABLED =
  'The execute command failed because execute command was not enabled when the task was run or the execute command agent isn\u2019t running. Wait and try again or run a new task with execute command enabled and try again.';
const CONTAINER_STOPPED = 'The session has ended because its container has stopped.';

describe.skipIf(stackUnavailable())('sessions that go wrong leave every other one alone', { timeout: 60_000 }, () => {
  const stack = new Stack();
  let healthy: RunningExec;
  let task: Awaited<ReturnType<Stack['task']>>;
  let ssm: SSMClient;
  let healthyId: string | undefined;

  beforeAll(async () => {
    await stack.up();
    task = await stack.task();
    ssm = new SSMClient(clientOptions(stack));
    healthy = new RunningExec(stack.env(), [task.id, '--', 'sh', '-c', 'cat']);
    await healthy.echo();
    healthyId = (await sessionsOf(task.target, 'Active'))[0]?.SessionId;
  });
  afterEach(() => healthy.echo());
  afterAll(async () => {
    expect(await healthy.finish()).toBe(0);
    expect(healthy.stderr).toBe('');
    await stack.down();
  });

  async function sessionsOf(target: string, State: 'Active' | 'History'): Promise<Session[]> {
    const filters = [{ key: 'Target' as const, value: target }];
    return (await ssm.send(new DescribeSessionsCommand({ State, Filters: filters }))).Sessions ?? [];
  }

  describe('ExecuteCommand refuses in words of AWS', () => {
    async function refusal(input: Partial<ExecuteCommandCommandInput>): Promise<{ code: string; message: string }> {
      const command = new ExecuteCommandCommand({ task: task.id, command: 'id', interactive: true, ...input });
      try {
        await stack.ecs.send(command);
      } catch (error) {
        if (error instanceof ECSServiceException) return { code: error.name, message: error.message };
        throw error;
      }
      throw new Error('it was not refused');
    }

    const invalid = 'InvalidParameterException';
    it.each<[string, Partial<ExecuteCommandCommandInput>, string, string]>([
      ['an empty command', { command: '' }, invalid, 'command should not be null or empty.'],
      ['interactive false', { interactive: false }, invalid, 'Interactive is the only mode supported currently.'],
      ['a task id of 31 characters', { task: 'f'.repeat(31) }, invalid, 'task length should be one of [32,36]'],
      ['no such task', { task: 'f'.repeat(32) }, invalid, 'The referenced task was not found.'],
      ['no such container', { container: 'db' }, invalid, 'The specified container was not found in the task.'],
      ['no such cluster', { cluster: 'other' }, 'ClusterNotFoundException', 'Cluster not found.'],
      ['an ARN of something else', { task: 'arn:aws:s3:::bucket' }, invalid, 'The ARN provided is invalid.'],
    ])('%s', async (_name, input, code, message) => {
      expect(await refusal(input)).toEqual({ code, message });
    });

    it('a stopped task', async () => {
      const other = await stack.task({ family: 'stopped' });
      await stack.ecs.send(new StopTaskCommand({ task: other.id }));
      // At once, and when it has stopped.
      expect(await refusal({ task: other.id })).toEqual({ code: invalid, message: NOT_ENABLED });
      await stack.untilTask(other.taskArn, ({ lastStatus }) => lastStatus === 'STOPPED');
      expect(await refusal({ task: other.id })).toEqual({ code: invalid, message: NOT_ENABLED });
      expect(stack.log).toContain('the task is STOPPED');
    });
  });

  const NO_FILE = 'Unable to start command: Failed to start pty: fork/exec /no/such: no such file or directory';
  const NOT_FOUND =
    'Unable to start command: Failed to start pty: exec: "no-such-command": executable file not found in $PATH';
  const UNFINISHED = 'Unable to start command: Failed to parse commands input: EOF found when expecting closing quote';
  const BLANK = 'Commands cannot be empty for session type InteractiveCommands';
  const badCommands: [string, string, string, number][] = [
    ['a file that does not exist', '/no/such', NO_FILE, 127],
    ['a command that is nowhere on PATH', 'no-such-command -x', NOT_FOUND, 127],
    ['unbalanced quotes', `sh -c 'echo`, UNFINISHED, 2],
    ['a blank command', '  ', BLANK, 2],
  ];
  it.each(badCommands)('%s (%j): said on stderr, and a status as of a shell', async (_name, command, text, status) => {
    const ran = await stack.gangway(['exec', task.id, '-T', '--command', command]);
    expect(ran).toEqual({ status, stdout: '', stderr: `${text}\n` });
  });

  it.skipIf(!onPath('session-manager-plugin')).each(badCommands)(
    'session-manager-plugin, %s (%j): the text that the agent of AWS would send',
    async (_name, command, text) => {
      const input = { task: task.id, command, interactive: true };
      const { session } = await stack.ecs.send(new ExecuteCommandCommand(input));
      const region = stack.environment['AWS_REGION'] ?? '';
      const target = JSON.stringify({ Target: task.target });
      const args = [JSON.stringify(session), region, 'StartSession', '', target, stack.url];
      const terminal = new TestTerminal('session-manager-plugin', args, stack.env(), 200);
      expect(await terminal.exited).toBe(0);
      expect(terminal.text).toContain(`SessionId: ${session?.sessionId ?? ''} : \r\n----------ERROR-------\r\n${text}`);
    },
  );

  describe('a container that dies in mid-session', () => {
    /** What a process killed from outside its session leaves: the status of a shell for it, and why. */
    async function expectKilled(victim: RunningExec): Promise<void> {
      expect(await victim.ended).toBe(137);
      expect(victim.stdout).toBe('in\n');
      expect(victim.stderr).toBe(`${CONTAINER_STOPPED}\n`);
    }

    it('StopTask', async () => {
      const other = await stack.task({ family: 'stopping' });
      const victim = new RunningExec(stack.env(), [other.id, '--', 'sh', '-c', 'echo in; exec sleep 100000']);
      await victim.until(/in\n/);
      await stack.ecs.send(new StopTaskCommand({ task: other.id }));
      await expectKilled(victim);
      const { containers } = await stack.untilTask(other.taskArn, ({ lastStatus }) => lastStatus === 'STOPPED');
      expect(containers?.[0]?.managedAgents?.[0]).toMatchObject({
        lastStatus: 'STOPPED',
        reason: 'Received Container Stopped event',
      });
      const [ended] = await sessionsOf(other.target, 'History');
      expect(ended).toMatchObject({ Status: 'Failed', Details: CONTAINER_STOPPED });
    });

    it.each([
      ['its main process exits', 'exec 2>/dev/null; while ! [ -e /tmp/leave ]; do sleep 0.05; done; exit 9', 9],
      ['its main process is killed', 'echo $$ > /tmp/main; exec sleep 100000', 137],
    ])('%s', async (_name, main, exitCode) => {
      await stack.ecs.send(
        new RegisterTaskDefinitionCommand({
          family: 'mortal',
          taskRoleArn: 'task-role',
          networkMode: 'awsvpc',
          requiresCompatibilities: ['FARGATE'],
          cpu: '256',
          memory: '512',
          containerDefinitions: [{ name: 'app', image: 'host', command: ['sh', '-c', main] }],
        }),
      );
      const { tasks } = await stack.ecs.send(
        new RunTaskCommand({
          taskDefinition: 'mortal',
          launchType: 'FARGATE',
          enableExecuteCommand: true,
          networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-12344321'] } },
        }),
      );
      const arn = tasks?.[0]?.taskArn ?? '';
      await stack.untilTask(arn, (found) => found.containers?.[0]?.managedAgents?.[0]?.lastStatus === 'RUNNING');
      const murder = 'echo in; touch /tmp/leave; kill -9 $(cat /tmp/main 2>/dev/null) 2>/dev/null; exec sleep 100000';
      const victim = new RunningExec(stack.env(), [arn, '--', 'sh', '-c', murder]);
      await expectKilled(victim);
      const ended = await stack.untilTask(arn, ({ lastStatus }) => lastStatus === 'STOPPED');
      expect(ended).toMatchObject({ stopCode: 'EssentialContainerExited', containers: [{ exitCode }] });
    });
  });

  it('a client that vanishes in mid-output: its session waits for it, bounded, until it is terminated', async () => {
    const marker = `flood-${randomUUID()}`;
    const script = 'while :; do head -c 65536 /dev/zero; done';
    const client = new RunningExec(stack.env(), [task.id, '--', 'sh', '-c', script, marker]);
    // Nobody needs megabytes of zeros here.
    let length = 0;
    client.process.stdout.removeAllListeners('data').on('data', (chunk: Buffer) => (length += chunk.length));
    await until('output flows', () => length > 2_000_000);
    const commands = (): string[] => processesWith(marker).filter((line) => !line.includes(program));
    expect(commands().length).toBeGreaterThan(0);
    const [mine] = (await sessionsOf(task.target, 'Active')).filter(({ SessionId }) => SessionId !== healthyId);
    await client.kill();

    const status = async (): Promise<string | undefined> =>
      (await sessionsOf(task.target, 'Active')).find(({ SessionId }) => SessionId === mine?.SessionId)?.Status;
    await until('the loss is noticed', async () => (await status()) === 'Disconnected', 5_000);
    // The far side has been told to pause: neither the command nor our memory runs on.
    await healthy.echo();
    const before = memory(stack.pid);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(memory(stack.pid) - before).toBeLessThan(16_000_000);
    expect(commands().length).toBeGreaterThan(0);

    await ssm.send(new TerminateSessionCommand({ SessionId: mine?.SessionId }));
    await until('the command is gone', () => commands().length === 0, 10_000);
    await until('the session is over', async () => (await status()) === undefined, 10_000);
  });
});
