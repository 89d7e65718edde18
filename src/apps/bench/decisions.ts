import process from 'node:process';
import { compilePolicyText } from '../../core/policy/compile-policy.js';
import { decide } from '../../core/policy/decide.js';
import type { PolicyRequest } from '../../core/policy/policy-api.js';

const ACCOUNT = '123456789012';
const TASK = `arn:aws:ecs:eu-west-1:${ACCOUNT}:task/blue/0123456789abcdef0123456789abcdef`;

/** Ten statements as a team's policy has them; the ones on ECS decide, after a condition on tags with a variable. */
const STATEMENTS = [
  { Effect: 'Allow', Action: ['ecs:Describe*', 'ecs:List*'], Resource: '*' },
  { Effect: 'Allow', Action: 'ecs:ExecuteCommand', Resource: `arn:aws:ecs:*:${ACCOUNT}:cluster/*` },
  {
    Effect: 'Allow',
    Action: 'ecs:ExecuteCommand',
    Resource: `arn:aws:ecs:*:${ACCOUNT}:task/blue/*`,
    Condition: { StringEquals: { 'ecs:ResourceTag/owner': '${aws:username}' } },
  },
  {
    Effect: 'Deny',
    Action: 'ecs:ExecuteCommand',
    Resource: '*',
    Condition: { StringEquals: { 'ecs:container-name': ['production-app', 'proxy'] } },
  },
  { Effect: 'Deny', Action: 'ssm:StartSession', Resource: `arn:aws:ecs:*:${ACCOUNT}:task/blue/*` },
  {
    Effect: 'Allow',
    Action: ['ecs:RunTask', 'ecs:StartTask', 'ecs:CreateService', 'ecs:UpdateService'],
    Resource: '*',
    Condition: { StringEquals: { 'ecs:enable-execute-command': 'false' } },
  },
  {
    Effect: 'Allow',
    Action: ['logs:Get*', 'logs:FilterLogEvents'],
    Resource: `arn:aws:logs:*:${ACCOUNT}:log-group:/ecs/*`,
  },
  {
    Effect: 'Allow',
    Action: ['s3:GetObject', 's3:ListBucket'],
    Resource: ['arn:aws:s3:::audit', 'arn:aws:s3:::audit/*'],
  },
  { Effect: 'Allow', Action: 'kms:GenerateDataKey', Resource: `arn:aws:kms:*:${ACCOUNT}:key/*` },
  {
    Effect: 'Deny',
    NotAction: 'sts:*',
    Resource: '*',
    Condition: {
      NotIpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '203.0.113.0/24'] },
      Bool: { 'aws:ViaAWSService': 'false' },
    },
  },
];

function request(owner: string): PolicyRequest {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: STATEMENTS });
  return {
    principal: { arn: `arn:aws:iam::${ACCOUNT}:user/ann`, accountId: ACCOUNT },
    action: 'ecs:ExecuteCommand',
    resource: TASK,
    context: new Map([
      ['aws:username', ['ann']],
      ['aws:sourceip', ['10.1.2.3']],
      ['aws:viaawsservice', ['false']],
      ['ecs:container-name', ['app']],
      ['ecs:resourcetag/owner', [owner]],
    ]),
    identity: [{ name: 'team', policy: compilePolicyText(text, 'identity') }],
  };
}

/** Of one core: while the benchmark runs, and while it has the CPU, which other load does not slow down. */
export interface DecisionRate {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

/** Policy decisions on ten realistic statements, half of them refusals with their reasons. */
export function decisionRate(milliseconds: number): DecisionRate {
  const requests = [request('ann'), request('bob')] as const;
  const batch = 1000;
  const round = (): void => {
    for (let index = 0; index < batch; index += 1) {
      const [ann, bob] = requests;
      const expected = index % 2 === 0 ? 'allowed' : 'implicitDeny';
      if (decide(index % 2 === 0 ? ann : bob).decision !== expected) throw new Error('the decision is wrong');
    }
  };
  for (let warm = 0; warm < 50; warm += 1) round();
  const start = performance.now();
  const before = process.cpuUsage();
  let count = 0;
  for (; performance.now() - start < milliseconds; count += batch) round();
  // Of the whole process: the collector's threads are counted too.
  const { user, system } = process.cpuUsage(before);
  return { perSecond: (count * 1e3) / (performance.now() - start), perCpuSecond: (count * 1e6) / (user + system) };
}
