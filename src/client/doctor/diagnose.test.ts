import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { diagnose } from './diagnose.js';
import { known, unknown } from './fact.js';
import type { ContainerInstance, Facts } from './facts.js';
import { healthy, healthyTask, ROLE_ARN, verdict, withContainer, withDefinition, withTask } from './facts.fixture.js';

const examine = (more: Partial<Facts> = {}) => diagnose({ ...healthy, ...more });

/** What is not well, as `state check`, with its evidence. */
function complaints(more: Partial<Facts>): Readonly<Record<string, string>> {
  const bad = examine(more).findings.filter(({ state }) => state !== 'ok');
  return Object.fromEntries(bad.map(({ state, check, evidence }) => [`${state} ${check}`, evidence]));
}

test('where all is well nothing is complained of', () => {
  expect(complaints({})).toEqual({});
  expect(examine().verdict).toBe('works');
});

const onInstance = (instance: ContainerInstance | undefined): Partial<Facts> => ({
  ...withTask({ launchType: 'EC2', containerInstanceArn: 'arn:aws:ecs:x:1:container-instance/demo/1' }),
  instance: known(instance),
});
const capable = [{ name: 'ecs.capability.execute-command' }];

const subnet = { subnetId: 'subnet-1', vpcId: 'vpc-1', ownerId: '111122223333', ipv6Native: false };
const endpoint = (name: string) => `com.amazonaws.eu-central-1.${name}`;
const key = { arn: 'arn:aws:kms:eu-central-1:1:key/k', keyState: 'Enabled', keyUsage: 'ENCRYPT_DECRYPT' };
const decrypt = { roleMay: { ...healthy.roleMay, decrypt: known([verdict('kms:Decrypt')]) } };

test.each<[string, Partial<Facts>, string, RegExp]>([
  ['an old Fargate platform', withTask({ platformVersion: '1.3.0' }), 'failed platform', /1\.3\.0; exec needs 1\.4\.0/],
  [
    'an old platform of Windows',
    withTask({ platformVersion: '0.9.0', platformFamily: 'Windows_Server_2022_Core' }),
    ...(['failed platform', /exec needs 1\.0\.0/] as const),
  ],
  [
    'an old agent on an instance',
    onInstance({ versionInfo: { agentVersion: '1.50.1' }, attributes: capable }),
    ...(['failed platform', /ECS agent 1\.50\.1; exec needs 1\.50\.2/] as const),
  ],
  [
    'an instance without the binaries of exec',
    onInstance({ versionInfo: { agentVersion: '1.99.0' } }),
    ...(['warning platform', /without the attribute ecs\.capability\.execute-command/] as const),
  ],
  [
    'an instance that is away',
    onInstance({ versionInfo: { agentVersion: '1.99.0' }, attributes: capable, agentConnected: false }),
    ...(['failed platform', /not connected to ECS/] as const),
  ],
  ['an instance that is gone', onInstance(undefined), 'failed platform', /is not registered any more/],
  ['a launch type that nobody knows', withTask({ launchType: 'MOON' }), 'warning platform', /launch type MOON/],
  [
    'a task that is being stopped',
    withTask({ desiredStatus: 'STOPPED', stoppedReason: 'Scaling activity' }),
    ...(['failed task', /is RUNNING \(Scaling activity\)/] as const),
  ],
  ['one PID namespace', withDefinition({ pidMode: 'task' }), 'warning pid-mode', /one container of the task/],
  [
    'a proxy before the credentials',
    withContainer({
      environment: [
        { name: 'https_proxy', value: 'http://p' },
        { name: 'NO_PROXY', value: '169.254.170.2' },
      ],
    }),
    ...(['warning proxy', /does not have 169\.254\.169\.254, where/] as const),
  ],
  [
    'AWS keys among the secrets',
    withContainer({ secrets: [{ name: 'AWS_SECRET_ACCESS_KEY' }] }),
    ...(['warning aws-keys', /^AWS_SECRET_ACCESS_KEY set/] as const),
  ],
  [
    'AWS keys of an override',
    withTask({ overrides: { containerOverrides: [{ name: 'app', environment: [{ name: 'AWS_ACCESS_KEY' }] }] } }),
    ...(['warning aws-keys', /^AWS_ACCESS_KEY set/] as const),
  ],
  [
    'a read-only root with an agent all the same',
    withContainer({ readonlyRootFilesystem: true }),
    ...(['warning read-only-root', /but its agent is connected/] as const),
  ],
  ['no init process', withContainer({ linuxParameters: {} }), 'warning init-process', /zombies/],
  ['no role of a task on Fargate', { role: known(undefined) }, 'failed task-role', /has a task role/],
  [
    'a role that does not exist',
    { roleMay: { channels: { known: false, why: 'NoSuchEntity: x', code: 'NoSuchEntity' } } },
    ...(['failed role-channels', /there is no role arn:aws:iam::111122223333:role\/app/] as const),
  ],
  [
    'a permission that hangs on a condition nobody knows',
    {
      callerMay: {
        ...healthy.callerMay,
        executeCommand: known([
          verdict('ecs:ExecuteCommand', { decision: 'implicitDeny', missingKeys: ['aws:MultiFactorAuthPresent'] }),
        ]),
      },
    },
    ...(['warning execute-command', /not known here: aws:MultiFactorAuthPresent$/] as const),
  ],
  [
    'an explicit denial, whatever else is not known',
    {
      callerMay: {
        ...healthy.callerMay,
        executeCommand: known([verdict('ecs:ExecuteCommand', { decision: 'explicitDeny', missingKeys: ['a:b'] })]),
      },
    },
    ...(['failed execute-command', /is explicitDeny/] as const),
  ],
  [
    'sessions beside ECS Exec',
    { callerMay: { ...healthy.callerMay, startSession: known([verdict('ssm:StartSession')]) } },
    ...(['warning start-session', /neither logs nor audits/] as const),
  ],
  [
    'a log group that is not there, where it need not be encrypted',
    { logGroup: known(undefined) },
    ...(['warning log-group', /sessions run, and are not logged/] as const),
  ],
  [
    'a role that may not write to the log group',
    { roleMay: { ...healthy.roleMay, logs: known([verdict('logs:PutLogEvents', { decision: 'implicitDeny' })]) } },
    ...(['warning role-logs', /sessions run, and are not logged/] as const),
  ],
  [
    'a bucket without the encryption that is asked for',
    { bucketTarget: { name: 'b', prefix: undefined, mustBeEncrypted: true }, bucket: known('') },
    ...(['failed bucket', /sessions end at once/] as const),
  ],
  [
    'a key on its way out',
    { key: known({ ...key, keyState: 'PendingDeletion' }), ...decrypt },
    'failed kms-key',
    /pending/,
  ],
  [
    'a key for signatures',
    { key: known({ ...key, keyUsage: 'SIGN_VERIFY' }), ...decrypt },
    'failed kms-key',
    /SIGN_VERIFY/,
  ],
  [
    'no logging at all',
    { cluster: known({ clusterArn: 'a', clusterName: 'demo', status: 'ACTIVE' }) },
    ...(['ok', /./] as const),
  ],
  [
    'an inactive cluster',
    { cluster: known({ clusterArn: 'a', clusterName: 'demo', status: 'INACTIVE' }) },
    'failed cluster',
    /is INACTIVE/,
  ],
  [
    'endpoints in the VPC, and none for Session Manager',
    { vpcEndpoints: known([endpoint('ecs')]) },
    ...(['warning vpc-endpoints', /none for com\.amazonaws\.eu-central-1\.ssmmessages:/] as const),
  ],
  [
    'none for KMS, where sessions have a key',
    { vpcEndpoints: known([endpoint('ssmmessages')]), key: known(key), ...decrypt },
    ...(['warning vpc-endpoints', /none for com\.amazonaws\.eu-central-1\.kms:/] as const),
  ],
  ['IPv6 alone', { subnet: known({ ...subnet, ipv6Native: true }) }, 'failed vpc-endpoints', /IPv6 alone/],
  [
    "a subnet of somebody else's",
    { subnet: known({ ...subnet, ownerId: '444455556666' }) },
    ...(['not checked vpc-endpoints', /shared by account 444455556666/] as const),
  ],
  ['no plugin', { plugin: undefined }, 'warning session-manager-plugin', /no session-manager-plugin on PATH/],
  ['an old AWS CLI 2', { awsCli: 'aws-cli/2.3.5 Python/3' }, 'warning aws-cli', /older than 2\.3\.6/],
  ['an old AWS CLI 1', { awsCli: 'aws-cli/1.22.2 Python/3' }, 'warning aws-cli', /older than 1\.22\.3/],
])('%s', (_name, facts, complaint, evidence) => {
  if (complaint === 'ok') {
    // Where the log driver of the container takes the record there is nothing to say; where none does, there is.
    const bare: Record<string, unknown> = { ...healthy, ...facts };
    delete bare['logTarget'];
    delete bare['logGroup'];
    const found = diagnose(bare as unknown as Facts).findings.find(({ check }) => check === 'cluster-configuration');
    expect(found).toMatchObject({ state: 'warning', evidence: expect.stringContaining('sessions are not logged') });
    return;
  }
  expect(complaints(facts)).toEqual({ [complaint]: expect.stringMatching(evidence) });
  expect(examine(facts).verdict).toBe(complaint.startsWith('failed') ? 'fails' : 'works');
});

test('a task on its way: what needs it to be running is not checked', () => {
  expect(complaints(withTask({ lastStatus: 'PENDING' }))).toEqual({
    'failed task': expect.stringMatching(/ is PENDING: exec works when it is RUNNING$/),
    'not checked managed-agent': 'the task is not running',
    'not checked connection': 'the task is not running',
  });
});

test('the agent of a container: what it says, and that it has to be waited for', () => {
  const agent = (managedAgents: object[]) =>
    complaints({ containers: [{ ...healthyTask.containers![0]!, managedAgents }] });
  const named = { name: 'ExecuteCommandAgent' };
  expect(agent([{ ...named, lastStatus: 'STOPPED', reason: 'it crashed' }])).toEqual({
    'failed managed-agent': 'STOPPED: it crashed',
  });
  expect(agent([{ ...named, lastStatus: 'PENDING' }])).toEqual({
    'failed managed-agent': 'PENDING; it is being started: try again in some seconds',
  });
  expect(agent([])).toEqual({ 'failed managed-agent': 'container app has no ExecuteCommandAgent' });
});

const apart = { connections: new Map([['app', known('notconnected')]]) };
const agentIs = (lastStatus: string, reason?: string) => ({
  ...{ name: 'app', lastStatus: 'RUNNING', runtimeId: 'r-1' },
  managedAgents: [{ name: 'ExecuteCommandAgent', lastStatus, ...(reason !== undefined && { reason }) }],
});

/** What exec cannot work with: the causes that are named, and the beginnings of what repairs them. */
const BROKEN: readonly [string, Partial<Facts>, Readonly<Record<string, RegExp>>][] = [
  ['started without exec', withTask({ enableExecuteCommand: false }), { 'exec-enabled': /^aws ecs run-task / }],
  ['no task role', { role: known(undefined) }, { 'task-role': /^aws iam create-role / }],
  [
    'a role without the channels',
    {
      ...apart,
      roleMay: { ...healthy.roleMay, channels: known([verdict('ssmmessages:X', { decision: 'implicitDeny' })]) },
    },
    { 'role-channels': /^aws iam put-role-policy /, connection: /aws ecs describe-tasks / },
  ],
  [
    'a role with an explicit Deny',
    {
      ...apart,
      roleMay: {
        ...healthy.roleMay,
        channels: known([verdict('ssmmessages:X', { decision: 'explicitDeny', policies: ['role_app_lock'] })]),
      },
    },
    { 'role-channels': /aws iam list-role-policies --role-name app/, connection: /aws ecs describe-tasks / },
  ],
  [
    'a read-only root',
    { ...apart, ...withContainer({ readonlyRootFilesystem: true }), containers: [agentIs('STOPPED', 'read-only')] },
    { 'managed-agent': /aws ecs run-task /, connection: /describe-tasks/, 'read-only-root': /^# register a revision/ },
  ],
  ['a task that has ended', withTask({ lastStatus: 'STOPPED' }), { task: /^aws ecs run-task / }],
  ['an old platform', withTask({ platformVersion: '1.3.0' }), { platform: /--platform-version 1\.4\.0/ }],
  [
    'the second container of a PID namespace',
    {
      ...withDefinition({ pidMode: 'task' }),
      ...withTask({ containers: [{ ...agentIs('RUNNING'), name: 'web' }, agentIs('STOPPED')] }),
      containers: [agentIs('STOPPED')],
    },
    { 'managed-agent': /aws ecs run-task /, 'pid-mode': /--container web/ },
  ],
  ['an agent that is being started', { containers: [agentIs('PENDING')] }, { 'managed-agent': /^# wait/ }],
  [
    'an agent that has stopped',
    { containers: [agentIs('STOPPED', 'no pty')] },
    { 'managed-agent': /aws ecs run-task/ },
  ],
  ['an agent that runs and is not connected', apart, { connection: /aws ecs describe-tasks .*managedAgents/ }],
  [
    'a host that is away',
    { ...apart, ...withTask({ connectivity: 'DISCONNECTED' }) },
    { connection: /aws ecs describe-tasks / },
  ],
  [
    'endpoints without that of Session Manager, and no connection',
    { ...apart, vpcEndpoints: known([endpoint('ecs')]) },
    { connection: /describe-tasks/, 'vpc-endpoints': /^aws ec2 create-vpc-endpoint .*ssmmessages/ },
  ],
  [
    'AWS keys in the environment, and no connection',
    { ...apart, ...withContainer({ environment: [{ name: 'AWS_ACCESS_KEY_ID' }] }) },
    { connection: /describe-tasks/, 'aws-keys': /^# register a revision without AWS_ACCESS_KEY_ID/ },
  ],
];

test.each(BROKEN)('broken: %s; each cause is named, with what repairs it', (_name, facts, causes) => {
  const { verdict: result, findings } = examine(facts);
  expect(result).toBe('fails');
  const failed = findings.filter(({ state }) => state === 'failed');
  expect(failed.map(({ check }) => check).sort()).toEqual(Object.keys(causes).sort());
  for (const { check, repair = [] } of failed) expect(repair.join('\n')).toMatch(causes[check]!);
});

test('an explicit Deny names the policies that it stands in', () => {
  const channels = known([verdict('ssmmessages:X', { decision: 'explicitDeny', policies: ['role_app_lock'] })]);
  expect(complaints({ roleMay: { ...healthy.roleMay, channels } })['failed role-channels']).toMatch(
    /is explicitDeny by role_app_lock for arn/,
  );
});

test('what is not known is not checked, and without the task nothing can be said', () => {
  const why = unknown('AccessDeniedException: no');
  const { verdict: without, findings } = examine({
    task: why,
    definition: why,
    subnet: why,
    role: why,
    containers: [],
  });
  expect(without).toBe('unknown');
  expect(findings.filter(({ state }) => state === 'not checked').map(({ check }) => check)).toEqual(
    expect.arrayContaining(['task', 'task-role', 'vpc-endpoints']),
  );
});

test('a repair is one command whatever the names are', () => {
  const family = "x'; touch /tmp/$(id); '";
  const facts: Partial<Facts> = {
    ...withTask({ enableExecuteCommand: false, taskDefinitionArn: `arn:aws:ecs:x:1:task-definition/${family}:1` }),
    clusterName: 'a b',
  };
  const found = examine(facts).findings.find(({ check }) => check === 'exec-enabled');
  const [line = ''] = found?.repair ?? [];
  const printed = execFileSync('sh', ['-c', `aws() { printf '%s\\n' "$@"; }\n${line}`], { encoding: 'utf8' });
  const words = printed.split('\n');
  expect(words.slice(0, 4)).toEqual(['ecs', 'run-task', '--cluster', 'a b']);
  // A task definition's ARN ends behind its last slash.
  expect(words[5]).toBe("$(id); ':1");
});

test('the policy that a repair makes keeps what the role has by it, under a name of its own', () => {
  const refused = { decision: 'implicitDeny' } as const;
  const channels = healthy.roleMay.channels;
  const verdicts = channels.known ? channels.value.map((one, at) => (at === 0 ? { ...one, ...refused } : one)) : [];
  const found = examine({ roleMay: { ...healthy.roleMay, channels: known(verdicts) } }).findings.find(
    ({ check }) => check === 'role-channels',
  );
  const [line = ''] = found?.repair ?? [];
  expect(line).toMatch(
    /^aws iam put-role-policy --role-name app --policy-name ecs-exec-role-channels --policy-document '/,
  );
  for (const { action } of verdicts) expect(line).toContain(`"${action}"`);
  expect(found?.evidence).toContain(`is implicitDeny for ${ROLE_ARN}`);
});
