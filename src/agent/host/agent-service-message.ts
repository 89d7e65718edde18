import type {
  ContainerPayload,
  HeartbeatMessage,
  PayloadMessage,
  RoleCredentialsMessage,
  TaskPayload,
  TaskRoleCredentials,
} from '../../core/protocol/agent-service.js';

/** A message of a type that this agent does not know. */
export interface UnknownMessage {
  readonly type: 'unknown';
  readonly message: { readonly messageId: string; readonly type: string };
}

/** What type names are logged up to. */
const MAX_TYPE_CHARACTERS = 64;

/** Reads a frame of the endpoint; undefined when it is no message, or one of a known type that breaks its rules. */
export function readAgentServiceMessage(
  data: Uint8Array | string,
): PayloadMessage | RoleCredentialsMessage | HeartbeatMessage | UnknownMessage | undefined {
  if (typeof data !== 'string') return undefined;
  const frame = parse(data);
  const message = record(frame?.['message']);
  const messageId = message?.['messageId'];
  if (frame === undefined || message === undefined || typeof messageId !== 'string') return undefined;
  if (frame['type'] === 'HeartbeatMessage') return { type: 'HeartbeatMessage', message: { messageId } };
  if (frame['type'] === 'IAMRoleCredentialsMessage') {
    const { taskArn, roleType = 'TaskApplication', roleCredentials } = message;
    if (typeof taskArn !== 'string' || !isRoleCredentials(roleCredentials)) return undefined;
    if (roleType !== 'TaskApplication' && roleType !== 'TaskExecution') return undefined;
    return { type: 'IAMRoleCredentialsMessage', message: { messageId, taskArn, roleType, roleCredentials } };
  }
  const { type } = frame;
  if (typeof type !== 'string') return undefined;
  if (type !== 'PayloadMessage') {
    return { type: 'unknown', message: { messageId, type: type.slice(0, MAX_TYPE_CHARACTERS) } };
  }
  const tasks = message['tasks'];
  if (!Array.isArray(tasks) || !tasks.every(isTask)) return undefined;
  return { type: 'PayloadMessage', message: { messageId, tasks } };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return record(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function record(value: unknown): Record<string, unknown> | undefined {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isRecord ? (value as Record<string, unknown>) : undefined;
}

/** Checks what decides over a task's fate; members of a newer endpoint pass. */
function isTask(value: unknown): value is TaskPayload {
  const task = record(value);
  if (task === undefined || typeof task['arn'] !== 'string' || typeof task['clusterArn'] !== 'string') return false;
  if (task['desiredStatus'] === 'STOPPED') return true;
  return (
    task['desiredStatus'] === 'RUNNING' &&
    typeof task['enableExecuteCommand'] === 'boolean' &&
    typeof task['sessionLimit'] === 'number' &&
    [task['roleCredentials'], task['executionRoleCredentials']].every(
      (credentials) => credentials === undefined || isRoleCredentials(credentials),
    ) &&
    isListOf(task['volumes'] ?? [], isVolume) &&
    isListOf(task['containers'], isContainer)
  );
}

const CREDENTIAL_MEMBERS = [
  'credentialsId',
  'roleArn',
  'accessKeyId',
  'secretAccessKey',
  'sessionToken',
  'expiration',
] as const;

function isRoleCredentials(value: unknown): value is TaskRoleCredentials {
  const credentials = record(value);
  if (credentials === undefined) return false;
  if (!CREDENTIAL_MEMBERS.every((member) => typeof credentials[member] === 'string')) return false;
  return !Number.isNaN(Date.parse(String(credentials['expiration'])));
}

function isContainer(value: unknown): value is ContainerPayload {
  const container = record(value);
  if (container === undefined) return false;
  const { name, image, essential, environment, stopTimeout, entryPoint, command, logConfiguration } = container;
  const { dependsOn = [], startTimeout = 0, mountPoints = [], volumesFrom = [], restartPolicy } = container;
  return (
    typeof name === 'string' &&
    typeof image === 'string' &&
    typeof essential === 'boolean' &&
    typeof stopTimeout === 'number' &&
    Array.isArray(environment) &&
    environment.every((entry) => typeof record(entry)?.['name'] === 'string') &&
    isListOf(dependsOn, (one) => hasTexts(one, 'containerName', 'condition')) &&
    isListOf(mountPoints, (one) => hasTexts(one, 'sourceVolume', 'containerPath')) &&
    isListOf(volumesFrom, (one) => hasTexts(one, 'sourceContainer')) &&
    typeof startTimeout === 'number' &&
    (restartPolicy === undefined || isRestartPolicy(restartPolicy)) &&
    [entryPoint, command].every((words) => words === undefined || isWords(words)) &&
    (logConfiguration === undefined || isLogConfiguration(logConfiguration))
  );
}

function isRestartPolicy(value: unknown): boolean {
  const { enabled, ignoredExitCodes, restartAttemptPeriod } = record(value) ?? {};
  return (
    typeof enabled === 'boolean' &&
    isListOf(ignoredExitCodes, (code) => typeof code === 'number') &&
    typeof restartAttemptPeriod === 'number'
  );
}

function isVolume(value: unknown): boolean {
  const { name, host = {}, dockerVolumeConfiguration = {} } = record(value) ?? {};
  return typeof name === 'string' && [host, dockerVolumeConfiguration].every((one) => record(one) !== undefined);
}

function isListOf(value: unknown, is: (element: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}

function hasTexts(value: unknown, ...members: readonly string[]): boolean {
  const found = record(value);
  return members.every((member) => typeof found?.[member] === 'string');
}

function isLogConfiguration(value: unknown): boolean {
  const options = record(record(value)?.['options']);
  if (options === undefined || typeof record(value)?.['logDriver'] !== 'string') return false;
  return Object.values(options).every((option) => typeof option === 'string');
}

function isWords(value: unknown): boolean {
  return Array.isArray(value) && value.every((word) => typeof word === 'string');
}
