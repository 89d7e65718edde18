import { ecsError } from './ecs-error.js';

/** ARNs of one account in one region (ecs-api 2), long formats only; short ones are accepted as input. */
export class EcsArns {
  readonly #partition: string;
  readonly #region: string;
  readonly #accountId: string;

  constructor(home: { readonly partition: string; readonly region: string; readonly accountId: string }) {
    this.#partition = home.partition;
    this.#region = home.region;
    this.#accountId = home.accountId;
  }

  cluster(name: string): string {
    return this.#ecs(`cluster/${name}`);
  }

  service(clusterName: string, name: string): string {
    return this.#ecs(`service/${clusterName}/${name}`);
  }

  serviceDeployment(clusterName: string, service: string, id: string): string {
    return this.#ecs(`service-deployment/${clusterName}/${service}/${id}`);
  }

  serviceRevision(clusterName: string, service: string, id: string): string {
    return this.#ecs(`service-revision/${clusterName}/${service}/${id}`);
  }

  task(clusterName: string, id: string): string {
    return this.#ecs(`task/${clusterName}/${id}`);
  }

  container(clusterName: string, taskId: string, uuid: string): string {
    return this.#ecs(`container/${clusterName}/${taskId}/${uuid}`);
  }

  containerInstance(clusterName: string, id: string): string {
    return this.#ecs(`container-instance/${clusterName}/${id}`);
  }

  taskDefinition(family: string, revision: number): string {
    return this.#ecs(`task-definition/${family}:${revision}`);
  }

  /** A family, whichever revision. */
  taskDefinitionFamily(family: string): string {
    return this.#ecs(`task-definition/${family}`);
  }

  capacityProvider(nameOrArn: string): string {
    return nameOrArn.startsWith('arn:') ? nameOrArn : this.#ecs(`capacity-provider/${nameOrArn}`);
  }

  /** A role as a task definition may name it: short name, path and name, or ARN. */
  role(nameOrArn: string): string {
    return nameOrArn.startsWith('arn:')
      ? nameOrArn
      : `arn:${this.#partition}:iam::${this.#accountId}:role/${nameOrArn.replace(/^\//, '')}`;
  }

  serviceLinkedRole(): string {
    return `arn:${this.#partition}:iam::${this.#accountId}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`;
  }

  root(): string {
    return `arn:${this.#partition}:iam::${this.#accountId}:root`;
  }

  /**
   * Type and path of an ECS ARN that belongs here: `…:task/demo/0123` gives `task` and [`demo`, `0123`].
   * Throws InvalidParameterException for any other.
   */
  parse(arn: string): { readonly type: string; readonly path: readonly string[] } {
    const [scheme, partition, service, region, accountId, ...rest] = arn.split(':');
    const [type, ...path] = rest.join(':').split('/');
    const isOurs = scheme === 'arn' && partition === this.#partition && service === 'ecs';
    if (!isOurs || type === undefined || path.length === 0 || path.includes('')) {
      throw ecsError.invalidParameter('The ARN provided is invalid.');
    }
    if (accountId !== this.#accountId) {
      throw ecsError.invalidParameter(
        `Invalid identifier: Identifier is for ${accountId ?? ''}. Your accountId is ${this.#accountId}`,
      );
    }
    if (region !== this.#region) {
      throw ecsError.invalidParameter(
        `Invalid identifier: Identifier is for ${region ?? ''}. Your region is ${this.#region}`,
      );
    }
    return { type, path };
  }

  #ecs(resource: string): string {
    return `arn:${this.#partition}:ecs:${this.#region}:${this.#accountId}:${resource}`;
  }
}
