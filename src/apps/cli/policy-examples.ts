/** Names to be filled in; each is an option of `gangway policy example`. */
export interface ExampleNames {
  readonly region: string;
  readonly account: string;
  readonly cluster: string;
  /** `KEY=VALUE` that the tasks carry; the cluster need not. */
  readonly tag: string;
  readonly container: string;
  readonly logGroup?: string;
  readonly bucket?: string;
  readonly kmsKey?: string;
}

interface Example {
  readonly summary: string;
  readonly statements: (names: ExampleNames) => readonly object[];
}

const PLACEHOLDER_KEY = '00000000-0000-0000-0000-000000000000';

const arn = ({ region, account }: ExampleNames, rest: string): string => `arn:aws:ecs:${region}:${account}:${rest}`;
const tasks = (names: ExampleNames): string => arn(names, `task/${names.cluster}/*`);
const cluster = (names: ExampleNames): string => arn(names, `cluster/${names.cluster}`);
const keyArn = (names: Pick<ExampleNames, 'region' | 'account' | 'kmsKey'>): string => {
  const key = names.kmsKey ?? PLACEHOLDER_KEY;
  return key.startsWith('arn:') ? key : `arn:aws:kms:${names.region}:${names.account}:key/${key}`;
};
const allow = (Action: string | string[], Resource: string | string[], Condition?: object): object => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition !== undefined && { Condition }),
});

/** What a task role needs for ECS Exec, and for what the cluster is set to. */
export function taskRole(names: Omit<ExampleNames, 'cluster' | 'tag' | 'container'>): object[] {
  const { region, account, logGroup, bucket, kmsKey } = names;
  const channels = ['CreateControlChannel', 'CreateDataChannel', 'OpenControlChannel', 'OpenDataChannel'];
  const statements = [
    allow(
      channels.map((name) => `ssmmessages:${name}`),
      '*',
    ),
  ];
  if (logGroup !== undefined) {
    const group = `arn:aws:logs:${region}:${account}:log-group:${logGroup}:*`;
    statements.push(allow('logs:DescribeLogGroups', '*'));
    statements.push(allow(['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'], group));
  }
  if (bucket !== undefined) {
    statements.push(allow('s3:GetBucketLocation', '*'));
    statements.push(allow('s3:GetEncryptionConfiguration', `arn:aws:s3:::${bucket}`));
    statements.push(allow('s3:PutObject', `arn:aws:s3:::${bucket}/*`));
  }
  if (kmsKey !== undefined) statements.push(allow('kms:Decrypt', keyArn(names)));
  return statements;
}

/** The policies of the ECS Exec guides. */
export const POLICY_EXAMPLES: Readonly<Record<string, Example>> = {
  'exec-by-tag': {
    summary: 'ECS Exec into the tasks of a cluster that carry a tag (--tag), and into no others',
    // Cluster and task are asked for each on its own: under one condition the cluster had to carry the tag too.
    statements: (names) => {
      const at = names.tag.indexOf('=');
      const condition = { StringEquals: { [`ecs:ResourceTag/${names.tag.slice(0, at)}`]: names.tag.slice(at + 1) } };
      return [
        allow('ecs:ExecuteCommand', cluster(names)),
        allow(['ecs:ExecuteCommand', 'ecs:DescribeTasks'], tasks(names), condition),
      ];
    },
  },
  'exec-except-container': {
    summary: 'ECS Exec into the tasks of a cluster, but never into one container (--container)',
    statements: (names) => [
      allow(['ecs:ExecuteCommand', 'ecs:DescribeTasks'], [cluster(names), tasks(names)]),
      {
        Effect: 'Deny',
        Action: 'ecs:ExecuteCommand',
        Resource: '*',
        Condition: { StringEquals: { 'ecs:container-name': names.container } },
      },
    ],
  },
  'exec-some-commands': {
    summary: 'ECS Exec for a few commands, never as root nor with a toolbox (--limits user; the keys are ours)',
    // Written out: what a wildcard stands for may hold a semicolon. Under AWS's limits, where all run as root, it allows
    // nothing. ssm:StartSession is another way in, and always root's.
    statements: (names) => [
      allow('ecs:DescribeTasks', tasks(names)),
      allow('ecs:ExecuteCommand', [cluster(names), tasks(names)], {
        StringEquals: { 'gangway:command': ['ps', "/bin/sh -c 'ps'", "/bin/sh -c 'ps aux'"] },
        StringNotEquals: { 'gangway:user': 'root' },
        Bool: { 'gangway:debug': 'false' },
      }),
      { Effect: 'Deny', Action: 'ssm:StartSession', Resource: '*' },
    ],
  },
  'run-without-exec': {
    summary: 'start tasks and services only with ECS Exec turned off',
    statements: () => [
      allow(['ecs:RunTask', 'ecs:StartTask', 'ecs:CreateService', 'ecs:UpdateService'], '*', {
        StringEquals: { 'ecs:enable-execute-command': 'false' },
      }),
    ],
  },
  'deny-start-session': {
    summary: 'no ssm:StartSession into the tasks of a cluster: only ECS Exec, which is logged',
    statements: (names) => [
      { Effect: 'Deny', Action: 'ssm:StartSession', Resource: [tasks(names), arn(names, 'cluster/*')] },
    ],
  },
  'task-role': {
    summary: 'what a task needs for ECS Exec; with --log-group, --bucket, --kms-key for what the cluster is set to',
    statements: taskRole,
  },
  'caller-kms': {
    summary: 'what a caller needs on the key of an encrypted cluster (--kms-key)',
    statements: (names) => [allow('kms:GenerateDataKey', keyArn(names))],
  },
};

/** The document; undefined when there is no such example. */
export function policyExample(name: string, names: ExampleNames): object | undefined {
  const example = Object.hasOwn(POLICY_EXAMPLES, name) ? POLICY_EXAMPLES[name] : undefined;
  return example && policyDocument(example.statements(names));
}

export function policyDocument(statements: readonly object[]): object {
  return { Version: '2012-10-17', Statement: statements };
}
