import { ECSClient } from '@aws-sdk/client-ecs';
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRolePolicyCommand,
  DeleteUserPolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import type { Stack } from './stack.fixture.js';

export const ACCOUNT = '123456789012';

/** What every task role needs for ECS Exec, as the seed has it. */
export const EXEC_CHANNELS = {
  Effect: 'Allow',
  Action: [
    'ssmmessages:CreateControlChannel',
    'ssmmessages:CreateDataChannel',
    'ssmmessages:OpenControlChannel',
    'ssmmessages:OpenDataChannel',
  ],
  Resource: '*',
};

const POLICY_NAME = 'test';

export function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

/** Users and roles of a stack's account, made with the SDK as its administrator. */
export class Account {
  readonly #stack: Stack;

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  get iam(): IAMClient {
    return new IAMClient({
      endpoint: this.#stack.url,
      region: 'us-east-1',
      ...this.#stack.trust,
      credentials: {
        accessKeyId: this.#stack.environment['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: this.#stack.environment['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    });
  }

  /** A role that tasks can take, with one inline policy. Its name is also its `taskRoleArn`. */
  async taskRole(name: string, ...statements: readonly object[]): Promise<string> {
    const trust = policy({
      Effect: 'Allow',
      Principal: { Service: 'ecs-tasks.amazonaws.com' },
      Action: 'sts:AssumeRole',
    });
    await this.iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
    await this.allowRole(name, ...statements);
    return `arn:aws:iam::${ACCOUNT}:role/${name}`;
  }

  /** The same with no more than every task with exec needs, unless there is such a role. */
  async requireTaskRole(name: string): Promise<void> {
    try {
      await this.taskRole(name, EXEC_CHANNELS);
    } catch (error) {
      if ((error as Error).name !== 'EntityAlreadyExistsException') throw error;
    }
  }

  async allowRole(RoleName: string, ...statements: readonly object[]): Promise<void> {
    if (statements.length === 0) {
      await this.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: POLICY_NAME }));
      return;
    }
    await this.iam.send(
      new PutRolePolicyCommand({ RoleName, PolicyName: POLICY_NAME, PolicyDocument: policy(...statements) }),
    );
  }

  async user(UserName: string, ...statements: readonly object[]): Promise<Person> {
    await this.iam.send(new CreateUserCommand({ UserName }));
    await this.allowUser(UserName, ...statements);
    const { AccessKey } = await this.iam.send(new CreateAccessKeyCommand({ UserName }));
    return new Person(this.#stack, UserName, AccessKey?.AccessKeyId ?? '', AccessKey?.SecretAccessKey ?? '');
  }

  async allowUser(UserName: string, ...statements: readonly object[]): Promise<void> {
    if (statements.length === 0) {
      await this.iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: POLICY_NAME }));
      return;
    }
    await this.iam.send(
      new PutUserPolicyCommand({ UserName, PolicyName: POLICY_NAME, PolicyDocument: policy(...statements) }),
    );
  }
}

/** A user with a key, and what programs run as that user find in their environment. */
export class Person {
  readonly name: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly #stack: Stack;

  constructor(stack: Stack, name: string, accessKeyId: string, secretAccessKey: string) {
    this.#stack = stack;
    this.name = name;
    this.accessKeyId = accessKeyId;
    this.secretAccessKey = secretAccessKey;
  }

  get arn(): string {
    return `arn:aws:iam::${ACCOUNT}:user/${this.name}`;
  }

  env(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return this.#stack.env({
      AWS_ACCESS_KEY_ID: this.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.secretAccessKey,
      AWS_PAGER: '',
      ...extra,
    });
  }

  get ecs(): ECSClient {
    const { accessKeyId, secretAccessKey } = this;
    return new ECSClient({
      endpoint: this.#stack.url,
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey },
    });
  }
}
