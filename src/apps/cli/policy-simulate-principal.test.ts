import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program, type Ran, run } from '../../../test/stack.fixture.js';
import {
  ACCOUNT,
  allow,
  deny,
  documentOf,
  openSimulation,
  REGION,
  TASK,
} from '../../services/simulation/simulation.fixture.js';

describe('gangway policy simulate --principal', { timeout: 60_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'gangway-simulate-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  beforeAll(() => run(process.execPath, [program, 'policy', '--help']));

  async function open() {
    const { url, user, role } = await openSimulation();
    const environment = {
      PATH: process.env['PATH'],
      HOME: directory,
      AWS_ENDPOINT_URL: url,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: user.accessKeyId,
      AWS_SECRET_ACCESS_KEY: user.secret.reveal(),
    };
    const simulate = (principal: string, ...args: string[]): Promise<Ran> => {
      const asked = ['--principal', principal, '--action', 'ecs:ExecuteCommand', '--resource', TASK, ...args];
      return run(process.execPath, [program, 'policy', 'simulate', ...asked], { env: environment });
    };
    return { simulate, role };
  }

  it('decides by the policies of the endpoint, and says which statements and keys', async () => {
    const { simulate, role } = await open();
    const condition = { StringEquals: { 'ecs:ResourceTag/env': 'a&b' } };
    const principal = await role('dev', [allow('ecs:ExecuteCommand', '*', condition)]);
    const on = `ecs:ExecuteCommand on ${TASK} for ${principal}`;
    const without = await simulate(principal);
    expect(without).toEqual({
      status: 1,
      stdout: `implicitDeny\n${on}\nno statement decides\ncondition keys the request does not have: ecs:ResourceTag/env\n`,
      stderr: '',
    });
    const may = await simulate(principal, '--context', 'ecs:ResourceTag/env=a&b');
    expect(may).toMatchObject({ status: 0, stderr: '' });
    expect(may.stdout).toMatch(/^allowed\n.*\nby:\n {2}role_dev_own \(role\), the statement from 1:\d+ to 1:\d+\n$/);

    const file = join(directory, 'deny.json');
    writeFileSync(file, documentOf(deny('ecs:*')));
    const denied = await simulate(principal, '--policy', file, '--context', 'ecs:ResourceTag/env=a&b');
    expect(denied).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^explicitDeny\n.*\nby:\n {2}PolicyInputList.1, /),
    });
    writeFileSync(file, documentOf(allow('s3:*')));
    const bound = await simulate(principal, '--boundary', file, '--context', 'ecs:ResourceTag/env=a&b');
    expect(bound).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('the permissions boundary does not allow it'),
    });
  });

  it('tells an error of the endpoint', async () => {
    const { simulate } = await open();
    const ran = await simulate(`arn:aws:iam::${ACCOUNT}:role/none`);
    expect(ran).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('The role with name none cannot be found.'),
    });
  });

  it('needs policies or a principal', async () => {
    const ran = await run(process.execPath, [program, 'policy', 'simulate', '--action', 'a:B']);
    expect(ran).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('--principal') });
  });
});
