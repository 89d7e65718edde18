import type { DoctorApi } from './doctor-api.js';
import { ask, type Fact, known, whenKnown, type Unknown, unknown } from './fact.js';
import type { ActingRole, Container, ContainerInstance, Facts, Identity, Task, TaskDefinition } from './facts.js';
import { describeSubnet, instanceRole, subnetId, vpcEndpoints } from './find-network.js';
import { describeBucket, describeKey, describeLogGroup, recordingTargets } from './find-recording.js';
import { findTask, lastPart } from './find-task.js';
import { callerMay, roleMay } from './permissions.js';
import { callerIdentity, policySource, roleArn } from './policy-source.js';

export interface Patient {
  readonly region: string;
  /** Name or ARN. */
  readonly cluster: string;
  /** Id or ARN. */
  readonly task: string;
  /** Absent: the only one, or whichever. */
  readonly container?: string | undefined;
  /** What exec is to run, and as whom: policies may look at both. Absent: anything, and root. */
  readonly command?: string | undefined;
  readonly user?: string | undefined;
}

/** Asks the services all that the checks look at. What one of them does not answer is noted, and the rest is asked. */
export async function gatherFacts(api: DoctorApi, patient: Patient): Promise<Facts> {
  const [identity, found, awsCli, plugin] = await Promise.all([
    callerIdentity(api),
    findTask(api, patient.cluster, patient.task),
    api.programVersion('aws'),
    api.programVersion('session-manager-plugin'),
  ]);
  const clusterName = lastPart(patient.cluster);
  const task = found.task.known ? found.task.value : undefined;
  const cluster = found.cluster.known ? found.cluster.value : undefined;
  const containers = chosenContainers(task, patient.container);

  const [caller, definition, instance, connections] = await Promise.all([
    whenKnown(identity, (value) => policySource(api, value)),
    ofTask(found.task, (value) => describeDefinition(api, value)),
    task?.containerInstanceArn === undefined
      ? undefined
      : describeInstance(api, clusterName, task.containerInstanceArn),
    connectionsOf(api, clusterName, task, containers),
  ]);
  const configuration = cluster?.configuration?.executeCommandConfiguration;
  const { logTarget, bucketTarget } = recordingTargets(
    configuration,
    definition.known ? definition.value : undefined,
    containers,
  );
  const [role, key, logGroup, bucket, subnet] = await Promise.all([
    actingRole(api, identity, found.task, definition, instance),
    configuration?.kmsKeyId === undefined ? undefined : describeKey(api, configuration.kmsKeyId),
    logTarget && describeLogGroup(api, logTarget.name),
    bucketTarget && describeBucket(api, bucketTarget.name),
    ofTask(found.task, (value) => subnetOf(api, value, instance)),
  ]);
  const known = {
    region: patient.region,
    clusterName,
    taskReference: patient.task,
    containerName: patient.container ?? (containers.length === 1 ? containers[0]?.name : undefined),
    asked: { command: patient.command, user: patient.user },
    awsCli,
    plugin,
    identity,
    caller,
    ...found,
    definition,
    ...(instance && { instance }),
    containers,
    connections,
    ...(key && { key }),
    ...(logTarget && { logTarget }),
    ...(logGroup && { logGroup }),
    ...(bucketTarget && { bucketTarget }),
    ...(bucket && { bucket }),
    role,
    subnet,
  };
  const [may, taskMay, endpoints] = await Promise.all([
    callerMay(api, known),
    roleMay(api, known),
    whenKnown(subnet, (value) =>
      value === undefined ? unknown('its subnet is not known') : vpcEndpoints(api, value.vpcId),
    ),
  ]);
  return { ...known, callerMay: may, roleMay: taskMay, vpcEndpoints: endpoints };
}

const NO_TASK: Unknown = unknown('there is no such task');

function ofTask<T>(task: Fact<Task | undefined>, next: (value: Task) => Promise<Fact<T>>): Promise<Fact<T>> {
  return whenKnown(task, (value) => (value === undefined ? NO_TASK : next(value)));
}

function chosenContainers(task: Task | undefined, name: string | undefined): readonly Container[] {
  const containers = task?.containers ?? [];
  return name === undefined ? containers : containers.filter((one) => one.name === name);
}

function describeDefinition(api: DoctorApi, { taskDefinitionArn }: Task): Promise<Fact<TaskDefinition>> {
  return ask(async () => {
    const { taskDefinition } = (await api.json('ecs', 'DescribeTaskDefinition', {
      taskDefinition: taskDefinitionArn,
    })) as { readonly taskDefinition?: TaskDefinition };
    if (taskDefinition === undefined) throw new Error('DescribeTaskDefinition answered without a definition');
    return taskDefinition;
  });
}

function describeInstance(api: DoctorApi, cluster: string, arn: string): Promise<Fact<ContainerInstance | undefined>> {
  return ask(async () => {
    const { containerInstances } = (await api.json('ecs', 'DescribeContainerInstances', {
      cluster,
      containerInstances: [arn],
    })) as { readonly containerInstances?: readonly ContainerInstance[] };
    return containerInstances?.[0];
  });
}

async function connectionsOf(
  api: DoctorApi,
  cluster: string,
  task: Task | undefined,
  containers: readonly Container[],
): Promise<ReadonlyMap<string, Fact<string>>> {
  const asked = containers.map(async ({ name, runtimeId }): Promise<[string, Fact<string>]> => {
    if (task === undefined || runtimeId === undefined) return [name, unknown('the container has not been started')];
    const Target = `ecs:${cluster}_${lastPart(task.taskArn)}_${runtimeId}`;
    const answer = await ask(async () => {
      const { Status } = (await api.json('ssm', 'GetConnectionStatus', { Target })) as { readonly Status?: string };
      return (Status ?? '').toLowerCase();
    });
    return [name, answer];
  });
  return new Map(await Promise.all(asked));
}

async function actingRole(
  api: DoctorApi,
  identity: Fact<Identity>,
  task: Fact<Task | undefined>,
  definition: Fact<TaskDefinition>,
  instance: Fact<ContainerInstance | undefined> | undefined,
): Promise<Fact<ActingRole | undefined>> {
  return ofTask(task, async (value) => {
    const overridden = value.overrides?.taskRoleArn;
    const account = identity.known ? identity.value : { partition: 'aws', accountId: '', arn: '', userId: '' };
    if (overridden !== undefined && overridden !== '') {
      return known({ arn: roleArn(account, overridden), from: 'task' as const });
    }
    if (!definition.known) return definition;
    const own = definition.value.taskRoleArn;
    if (own !== undefined && own !== '') {
      return known({ arn: roleArn(account, own), from: 'task definition' as const });
    }
    if (value.launchType !== 'EC2') return known(undefined);
    return whenKnown(instance ?? known(undefined), (one) => instanceRole(api, one));
  });
}

function subnetOf(api: DoctorApi, task: Task, instance: Fact<ContainerInstance | undefined> | undefined) {
  const id = subnetId(task, instance?.known === true ? instance.value : undefined);
  return id === undefined
    ? Promise.resolve(unknown('neither the task nor its instance says which subnet it is in'))
    : describeSubnet(api, id);
}
