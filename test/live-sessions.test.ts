import { DeleteAccessKeyCommand, DeleteUserCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, type Person } from './account.fixture.js';
import { RunningExec } from './running-exec.fixture.js';
import { Stack, stackUnavailable, type RunningTask } from './stack.fixture.js';

const ENTER = { Effect: 'Allow', Action: ['ecs:*', 'ssm:*'], Resource: '*' };

/** What a policy that goes takes with it: nothing that is under way, as on AWS, unless `gangway up` is told otherwise. */
describe.skipIf(stackUnavailable()).each(['keep', 'end'])('--live-sessions %s', { timeout: 60_000 }, (fate) => {
  const stack = new Stack();
  const account = new Account(stack);
  let task: RunningTask;

  beforeAll(async () => {
    await stack.up(['--live-sessions', fate]);
    task = await stack.task();
  });
  afterAll(() => stack.down());

  async function entered(person: Person): Promise<RunningExec> {
    const running = new RunningExec(person.env(), [task.id, '--', 'cat']);
    await running.echo();
    return running;
  }

  async function expectFate(running: RunningExec): Promise<void> {
    if (fate === 'keep') {
      // Longer than the endpoint takes to look.
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      await running.echo();
      expect(await running.finish()).toBe(0);
    } else {
      expect(await running.ended).toBe(255);
      expect(running.stderr).toContain('you no longer have the permission it was started with');
    }
  }

  it('a session whose policy goes', async () => {
    const ann = await account.user('ann', ENTER);
    const ben = await account.user('ben', ENTER);
    const [anns, bens] = [await entered(ann), await entered(ben)];
    await account.allowUser('ann');
    await expectFate(anns);
    await bens.echo();
    expect(await bens.finish()).toBe(0);
  });

  it('a session whose user is deleted', async () => {
    const cid = await account.user('cid', ENTER);
    const running = await entered(cid);
    await account.allowUser('cid');
    await account.iam.send(new DeleteAccessKeyCommand({ UserName: 'cid', AccessKeyId: cid.accessKeyId }));
    await account.iam.send(new DeleteUserCommand({ UserName: 'cid' }));
    await expectFate(running);
  });
});
