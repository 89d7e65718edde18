import * as model from '@aws-sdk/client-ecs';
import type { Access } from '../../platform/aws/access.js';
import type { Operation, RequestContext } from '../../platform/aws/service.js';
import { ecsAccess } from './access/ecs-access.js';
import { accountSettingOperations } from './account-setting-operations.js';
import { attributeOperations } from './attribute-operations.js';
import { capacityProviderOperations } from './capacity-provider-operations.js';
import { clusterOperations } from './cluster-operations.js';
import { containerInstanceOperations } from './container-instance-operations.js';
import type { EcsParts } from './ecs-parts.js';
import { executeCommand } from './execute-command.js';
import { instanceStateOperations } from './instance-state-operations.js';
import { requirePlainText } from './plain-text.js';
import { serviceDeploymentOperations } from './service-deployment-operations.js';
import { FreeExecuteCommandRequest$, FreeExecuteCommandResponse$ } from './session-freedom.js';
import { serviceOperations } from './service-operations.js';
import { submitOperations } from './submit-state-change.js';
import { tagOperations } from './tag-operations.js';
import { taskDefinitionOperations } from './task-definition-operations.js';
import { taskOperations } from './task-operations.js';
import { taskProtectionOperations } from './task-protection.js';

/** Version of the service model, and the prefix of its `X-Amz-Target`. */
export const ECS_VERSION = '2014-11-13';
export const ECS_TARGET_PREFIX = 'AmazonEC2ContainerServiceV20141113';

type OperationName = keyof ReturnType<typeof bodies>;

/** What each operation does. Signature, JSON types and policy are decided before; nothing of them is in here. */
function bodies(parts: EcsParts) {
  const clusters = clusterOperations(parts);
  const definitions = taskDefinitionOperations(parts);
  const services = serviceOperations(parts);
  const tasks = taskOperations(parts);
  const protection = taskProtectionOperations(parts);
  const instances = containerInstanceOperations(parts);
  const attributes = attributeOperations(parts);
  const states = instanceStateOperations(parts);
  const providers = capacityProviderOperations(parts);
  const deployments = serviceDeploymentOperations(parts);
  const submit = submitOperations(parts);
  const tags = tagOperations(parts);
  const settings = accountSettingOperations(parts);
  return {
    CreateCapacityProvider: providers.create,
    CreateCluster: clusters.create,
    DeleteAccountSetting: settings.remove,
    DeleteAttributes: attributes.remove,
    DeleteCapacityProvider: providers.remove,
    DeleteCluster: clusters.remove,
    CreateService: services.create,
    DeleteService: services.remove,
    DeleteTaskDefinitions: definitions.remove,
    DeregisterContainerInstance: instances.deregister,
    DeregisterTaskDefinition: definitions.deregister,
    DescribeCapacityProviders: providers.describe,
    DescribeClusters: clusters.describe,
    DescribeContainerInstances: instances.describe,
    DescribeServiceDeployments: deployments.describe,
    DescribeServiceRevisions: deployments.describeRevisions,
    DescribeServices: services.describe,
    DescribeTaskDefinition: definitions.describe,
    DescribeTasks: tasks.describe,
    DiscoverPollEndpoint: instances.discoverPollEndpoint,
    ExecuteCommand: executeCommand(parts),
    GetTaskProtection: protection.get,
    ListAccountSettings: settings.list,
    ListAttributes: attributes.list,
    ListClusters: clusters.list,
    ListContainerInstances: instances.list,
    ListServiceDeployments: deployments.list,
    ListServices: services.list,
    ListTagsForResource: tags.list,
    ListTaskDefinitionFamilies: definitions.listFamilies,
    ListTaskDefinitions: definitions.list,
    ListTasks: tasks.list,
    PutAccountSetting: settings.put,
    PutAccountSettingDefault: settings.putDefault,
    PutAttributes: attributes.put,
    PutClusterCapacityProviders: clusters.putCapacityProviders,
    RegisterContainerInstance: instances.register,
    RegisterTaskDefinition: definitions.register,
    RunTask: tasks.run,
    StartTask: tasks.start,
    StopTask: tasks.stop,
    SubmitAttachmentStateChanges: submit.attachments,
    SubmitContainerStateChange: submit.container,
    SubmitTaskStateChange: submit.task,
    TagResource: tags.tag,
    UntagResource: tags.untag,
    UpdateCapacityProvider: providers.update,
    UpdateCluster: clusters.update,
    UpdateClusterSettings: clusters.updateSettings,
    UpdateContainerAgent: states.updateAgent,
    UpdateContainerInstancesState: states.updateState,
    UpdateService: services.update,
    UpdateTaskProtection: protection.update,
  };
}

/** AWS's, but for what a session can be here beyond it. */
function schemasOf(name: OperationName): { readonly input: unknown; readonly output: unknown } {
  return name === 'ExecuteCommand'
    ? { input: FreeExecuteCommandRequest$, output: FreeExecuteCommandResponse$ }
    : { input: model[`${name}Request$`], output: model[`${name}Response$`] };
}

/** The table of actions: a name of the service model, its schemas, its body. */
export function ecsOperations(parts: EcsParts): readonly Operation[] {
  const table = bodies(parts);
  const asked: Readonly<Record<OperationName, Access<never>>> = ecsAccess(parts);
  return (Object.keys(table) as OperationName[]).map((name) => ({
    name,
    ...schemasOf(name),
    access(input: never, context: RequestContext) {
      requirePlainText(input);
      return asked[name](input, context);
    },
    async run(input: never, context: RequestContext): Promise<unknown> {
      requirePlainText(input);
      return table[name](input, context);
    },
  }));
}
