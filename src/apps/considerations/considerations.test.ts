import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { supportMatrix } from '../support-matrix.js';
import { CONSIDERATIONS } from './considerations.js';

const fileOf = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

/** The title as the first argument of a test, or the first cell of a row of one with a table. */
function hasTest(text: string, title: string): boolean {
  return ["'", '"', '`'].some((quote) => {
    const at = text.indexOf(`${quote}${title}${quote}`);
    return at > 0 && /[([]\s*$/.test(text.slice(Math.max(0, at - 40), at));
  });
}

describe('each consideration', () => {
  test.each(CONSIDERATIONS.map((one) => [one.subject, one] as const))('%s', (_subject, one) => {
    for (const cell of [one.subject, one.aws, one.limitsAws, one.limitsOpen, one.test.title]) {
      expect(cell.trim()).not.toBe('');
      expect(cell).not.toMatch(/[|\n]/);
    }
    expect(one.test.file).toMatch(/\.(test|contract)\.ts$/);
    expect(existsSync(fileOf(one.test.file)), one.test.file).toBe(true);
    expect(hasTest(readFileSync(fileOf(one.test.file), 'utf8'), one.test.title), one.test.title).toBe(true);
    expect(supportMatrix()).toContain(`| ${one.subject} | ${one.aws} | ${one.limitsAws} |`);
  });

  test('is there once', () => {
    const subjects = CONSIDERATIONS.map(({ subject }) => subject);
    expect(new Set(subjects).size).toBe(subjects.length);
  });
});

/** The bullets of the guide that this program grew from, and of AWS's own, each with the row that it became. */
test.each([
  ['not in the console', 'Management console'],
  ['Linux containers on EC2', 'Linux on EC2'],
  ['Linux containers on Fargate', 'Linux on Fargate'],
  ['Linux containers on ECS Anywhere', 'ECS Anywhere'],
  ['Windows containers on EC2', 'Windows'],
  ['VPC endpoint of Session Manager', 'Interface endpoints'],
  ['VPC endpoint of KMS', 'Interface endpoint of KMS'],
  ['awsvpc tasks on EC2 without internet access', 'awsvpc without a way out'],
  ['commands run as root', 'Root'],
  ['writable file systems are required', 'Writable root file system'],
  ['limit ssm:StartSession', 'StartSession past ECS'],
  ['Runtime Monitoring and Service Connect are sidecars', 'Sidecars'],
  ['CPU and memory of exec', 'CPU and memory'],
  ['one session per PID namespace', 'One session per PID namespace'],
  ['20 minutes idle', 'Idle timeout'],
  ['only for new tasks', 'Exec only for tasks started with it'],
  ['not with Nano Server', 'Nano Server'],
  ['not with asynchronous placement', 'Asynchronous placement'],
  ['AWS CLI and Session Manager plugin', 'AWS CLI and Session Manager plugin'],
  ['task role with the four permissions', 'Four permissions of Session Manager'],
  ['task role for CloudWatch Logs', 'Permissions for CloudWatch Logs'],
  ['task role for S3', 'Permissions for S3'],
  ['task role for KMS', '`kms:Decrypt` of the task role'],
  ['agent 1.50.2', 'Version of the ECS agent'],
  ['Fargate 1.4.0 on Linux', 'Fargate platform, Linux'],
  ['Fargate 1.0.0 on Windows', 'Fargate platform, Windows'],
  ['configure the cluster', 'Configuration of a cluster'],
  ['confirm with describe-tasks', 'State of the managed agent'],
  ['interactive commands', 'Interactive mode'],
  ['condition keys of tags', 'Tags of cluster and task in policies'],
  ['condition keys of container, cluster and task', 'Container in policies'],
  ['launch tasks only without exec', 'Tasks only without exec'],
  ['UpdateService leaves running tasks', 'UpdateService'],
  ['IPv6 alone', 'IPv6 alone'],
  ['NO_PROXY', 'HTTP proxy in a task'],
  ['initProcessEnabled', 'Zombies'],
  ['sessions past ECS Exec count', 'Sessions past ECS Exec'],
  ['script and cat', '`script` and `cat` in the image'],
  ['encrypted log group', 'Encrypted log group'],
  ['in transit', 'Encryption in transit'],
  ['keys in the environment', "AWS keys in a container's environment"],
  ['RUNNING is not connected', 'RUNNING is not connected'],
  ['stopped tasks', 'Stopped tasks'],
  ['known agent failure', 'Full `/tmp`, wrong architecture'],
  ['sessions per container', 'Sessions per container'],
])('the documented bullet “%s” has a row', (_bullet, subject) => {
  expect(CONSIDERATIONS.map((one) => one.subject)).toContain(subject);
});
