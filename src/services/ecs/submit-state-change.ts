import type {
  ManagedAgentStateChange,
  SubmitAttachmentStateChangesRequest,
  SubmitAttachmentStateChangesResponse,
  SubmitContainerStateChangeRequest,
  SubmitContainerStateChangeResponse,
  SubmitTaskStateChangeRequest,
  SubmitTaskStateChangeResponse,
} from '@aws-sdk/client-ecs';
import { clusterStore } from './cluster-store.js';
import { ecsError } from './ecs-error.js';
import type { EcsParts } from './ecs-parts.js';
import { clusterReference, taskReference } from './references.js';
import { reported, type TaskReport } from './task-lifecycle.js';
import { taskStore } from './task-store.js';

type Parts = Pick<EcsParts, 'database' | 'arns' | 'clock' | 'settings' | 'changes'>;

const ACKNOWLEDGED = Object.freeze({ acknowledgment: 'ACCEPT' });

/** What container hosts call. Reports repeat and may come late; the task only moves forward. */
export function submitOperations({ database, arns, clock, settings, changes }: Parts) {
  async function submit(cluster: string | undefined, task: string | undefined, report: TaskReport): Promise<void> {
    const reference = taskReference(arns, task ?? '');
    const clusterName = reference.clusterName ?? clusterReference(arns, cluster);
    const change = await database.transaction(async (queries) => {
      const before = await taskStore.find(queries, arns.task(clusterName, reference.id));
      if (before === undefined) throw ecsError.taskNotFound();
      const change = { before, after: reported(before, report, settings.limits, clock()) };
      await changes.save(queries, change);
      return change;
    });
    changes.announce([change]);
  }

  return {
    task: async (input: SubmitTaskStateChangeRequest): Promise<SubmitTaskStateChangeResponse> => {
      await submit(input.cluster, input.task, {
        status: readStatus(input.status),
        reason: nonEmpty(input.reason),
        containers: (input.containers ?? []).map((container) => ({
          ...container,
          name: container.containerName ?? '',
          reason: nonEmpty(container.reason),
          runtimeId: nonEmpty(container.runtimeId),
          status: readStatus(container.status),
        })),
        managedAgents: (input.managedAgents ?? []).flatMap(readManagedAgent),
        pullStartedAt: input.pullStartedAt?.getTime(),
        pullStoppedAt: input.pullStoppedAt?.getTime(),
        executionStoppedAt: input.executionStoppedAt?.getTime(),
      });
      return ACKNOWLEDGED;
    },

    container: async (input: SubmitContainerStateChangeRequest): Promise<SubmitContainerStateChangeResponse> => {
      const { containerName: name = '', exitCode, networkBindings } = input;
      const container = {
        name,
        exitCode,
        networkBindings,
        status: readStatus(input.status),
        reason: nonEmpty(input.reason),
        runtimeId: nonEmpty(input.runtimeId),
      };
      await submit(input.cluster, input.task, { containers: [container], managedAgents: [] });
      return ACKNOWLEDGED;
    },

    /** Attachments follow their tasks here, and addresses come as TaskNetworkMessage: there is nothing to change. */
    attachments: async (input: SubmitAttachmentStateChangesRequest): Promise<SubmitAttachmentStateChangesResponse> => {
      await clusterStore.requireActive(database, clusterReference(arns, input.cluster));
      for (const { attachmentArn, status } of input.attachments ?? []) {
        if (attachmentArn === undefined || attachmentArn === '') throw ecsError.required('attachments.attachmentArn');
        if (status === undefined || status === '') throw ecsError.required('attachments.status');
      }
      return ACKNOWLEDGED;
    },
  };
}

/** Older ecs-agents also say CREATED and RESOURCES_PROVISIONED, which change nothing. */
function readStatus(status: string | undefined): 'PENDING' | 'RUNNING' | 'STOPPED' | undefined {
  return status === 'PENDING' || status === 'RUNNING' || status === 'STOPPED' ? status : undefined;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function readManagedAgent(agent: ManagedAgentStateChange): TaskReport['managedAgents'] {
  const status = readStatus(agent.status);
  if (status === undefined || agent.managedAgentName !== 'ExecuteCommandAgent') return [];
  return [{ containerName: agent.containerName ?? '', status, reason: nonEmpty(agent.reason) }];
}
