import { refersToParameterStore, type SessionFreedom } from '../../core/protocol/session-document.js';
import type { RequestContext } from '../../platform/aws/service.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import { type SessionRecording, SessionRefusal, sessionStarter } from '../session-ports.js';
import { executeCommandQuestion } from './access/execute-command-access.js';
import { clusterStore } from './cluster-store.js';
import type { Cluster } from './cluster.js';
import { ecsError } from './ecs-error.js';
import type { EcsParts } from './ecs-parts.js';
import { isEnterable } from './managed-agent.js';
import { whyNotConnected, whyNotEnterable } from './not-enterable.js';
import { present } from './present.js';
import { clusterReference, taskReference } from './references.js';
import { recordingSettings } from './recording-settings.js';
import {
  type FreeExecuteCommandRequest,
  type FreeExecuteCommandResponse,
  freedomAnswer,
  grantedFreedom,
} from './session-freedom.js';
import { sessionLogging } from './session-logging.js';
import { sessionTimes } from './session-times.js';
import { sessionTarget, type Task, type TaskContainer } from './task.js';
import type { Tag } from './tag.js';
import { tagStore } from './tag-store.js';
import { taskStore } from './task-store.js';

/** Document by which ECS opens its sessions, as DescribeSessions shows it. */
export const EXECUTE_COMMAND_DOCUMENT = 'AmazonECS-ExecuteInteractiveCommand';

/** The apostrophe is U+2019, as AWS writes it; clients match the text. */
const NOT_ENABLED =
  'The execute command failed because execute command was not enabled when the task was run or the execute command agent isn’t running. Wait and try again or run a new task with execute command enabled and try again.';

interface Request {
  readonly command: string;
  readonly clusterName: string;
  /** Cluster that the task's ARN names, when it names one. */
  readonly taskClusterName: string | undefined;
  readonly taskId: string;
  readonly container: string | undefined;
  readonly freedom: SessionFreedom | undefined;
}

type Parts = Pick<EcsParts, 'database' | 'arns' | 'settings' | 'sessions' | 'authorization' | 'sessionKeys'>;

/** The order of the checks is that of ecs-api 4.3; the numbers are its rows. */
export function executeCommand(parts: Parts) {
  const { arns, settings, sessions, authorization, sessionKeys } = parts;

  /** 2 to 4: what is wrong with the request itself. */
  function read(input: FreeExecuteCommandRequest): Request {
    if (input.command === undefined || input.command === '') throw ecsError.required('command');
    if (input.interactive === undefined) throw ecsError.required('interactive');
    if (input.task === undefined || input.task === '') throw ecsError.required('task');
    const task = taskReference(arns, input.task, 'task');
    // The official agent would fill it in with the task role's rights (wire-protocol 1.6).
    if (refersToParameterStore(input.command)) {
      throw ecsError.invalidParameter('command must not refer to Systems Manager parameters ({{ssm:name}}).');
    }
    if (!input.interactive) throw ecsError.invalidParameter('Interactive is the only mode supported currently.');
    return {
      command: input.command,
      clusterName: clusterReference(arns, input.cluster),
      taskClusterName: task.clusterName,
      taskId: task.id,
      container: input.container === '' ? undefined : input.container,
      freedom: grantedFreedom(input.gangway, settings.limits),
    };
  }

  /** 6: policy decides before the caller learns anything of the task's state. */
  async function authorize(request: Request, found: Found, context: RequestContext): Promise<void> {
    const { cluster, task, container } = found;
    const question = await executeCommandQuestion(parts, {
      clusterArn: arns.cluster(request.clusterName),
      taskArn: arns.task(request.taskClusterName ?? request.clusterName, request.taskId),
      cluster,
      task,
      containerName: request.container ?? container?.name,
      asked: request,
    });
    await authorization.require(question, context);
  }

  function recording(
    tags: readonly Tag[],
    { arn: taskArn, taskRoleArn }: Task,
    { name: containerName }: TaskContainer,
    { sourceIp }: RequestContext,
  ): SessionRecording {
    const recorded = recordingSettings(tags, settings.recordDefaults, sourceIp);
    return { settings: recorded, taskArn, containerName, ...present({ taskRoleArn }) };
  }

  /** 13 to 15: what only the session's service knows. */
  async function open(
    request: Request,
    { cluster, task, container }: Enterable,
    runtimeId: string,
    context: RequestContext,
  ) {
    const configuration = cluster.configuration?.executeCommandConfiguration;
    const logging = sessionLogging(configuration, container);
    const tags = await tagStore.find(parts.database, cluster.arn);
    try {
      return await sessions.start({
        target: sessionTarget(task, runtimeId),
        owner: context.caller.arn,
        ownerId: context.caller.userId,
        starter: sessionStarter(context),
        idPrefix: 'ecs-execute-command-',
        documentName: EXECUTE_COMMAND_DOCUMENT,
        command: request.command,
        limit: settings.sessionLimit,
        ...present({
          kmsKeyId: configuration?.kmsKeyId,
          logging,
          recording: logging && recording(tags, task, container, context),
          freedom: request.freedom,
          times: sessionTimes(tags, settings.limits),
        }),
        endpointUrl: context.endpointUrl,
      });
    } catch (error) {
      if (error instanceof SessionRefusal && error.code === 'limit') {
        throw ecsError.client(
          `Unable to start new execute sessions because the maximum session limit of ${settings.sessionLimit} has been reached.`,
        );
      }
      if (error instanceof SessionRefusal)
        throw ecsError.targetNotConnected(whyNotConnected(error.message, task, container));
      if (error instanceof AwsError) throw error;
      throw ecsError.server(error);
    }
  }

  return async (input: FreeExecuteCommandRequest, context: RequestContext): Promise<FreeExecuteCommandResponse> => {
    const request = read(input);
    const found = await find(parts, request);
    await authorize(request, found, context);
    const enterable = requireEnterable(request, found);
    const { cluster, task, container } = enterable;
    const { runtimeId } = container;
    if (!isEnterable(task, container, settings.limits) || runtimeId === undefined) {
      throw ecsError.invalidParameter(NOT_ENABLED, whyNotEnterable(task, container));
    }
    const kmsKeyId = cluster.configuration?.executeCommandConfiguration?.kmsKeyId;
    if (kmsKeyId !== undefined) {
      const encryptionContext = { 'aws:ssm:TargetId': sessionTarget(task, runtimeId) };
      await sessionKeys?.require({ kmsKeyId, encryptionContext, caller: context.caller, context });
    }
    const session = await open(request, enterable, runtimeId, context);
    return {
      clusterArn: cluster.arn,
      containerArn: container.arn,
      // Also when the caller named none: the CLI looks it up in DescribeTasks to find runtimeId.
      containerName: container.name,
      interactive: true,
      session,
      taskArn: task.arn,
      ...present({ gangway: freedomAnswer(request.freedom) }),
    };
  };
}

interface Found {
  readonly cluster: Cluster | undefined;
  readonly task: Task | undefined;
  /** The one named, or the only one. */
  readonly container: TaskContainer | undefined;
}

type Enterable = { readonly [Name in keyof Found]: NonNullable<Found[Name]> };

/** 5: looks everything up, silently. */
async function find({ database, arns }: Parts, request: Request): Promise<Found> {
  const cluster = await clusterStore.find(database, request.clusterName);
  const agrees = request.taskClusterName === undefined || request.taskClusterName === request.clusterName;
  const task = agrees ? await taskStore.find(database, arns.task(request.clusterName, request.taskId)) : undefined;
  const containers = task?.containers ?? [];
  const container =
    request.container === undefined
      ? containers.length === 1
        ? containers[0]
        : undefined
      : containers.find(({ name }) => name === request.container);
  return { cluster, task, container };
}

/** 7 to 10. */
function requireEnterable(request: Request, { cluster, task, container }: Found): Enterable {
  if (cluster?.status !== 'ACTIVE') throw ecsError.clusterNotFound();
  if (task === undefined) throw ecsError.taskNotFound();
  if (container !== undefined) return { cluster, task, container };
  throw ecsError.invalidParameter(
    request.container === undefined
      ? 'The container name must be specified because the task has multiple containers.'
      : 'The specified container was not found in the task.',
  );
}
