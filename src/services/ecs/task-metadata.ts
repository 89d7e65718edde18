import type { TaskMetadata } from '../../core/protocol/agent-service.js';
import { present } from './present.js';
import { type Tag, tagRecord } from './tag.js';
import type { Task } from './task.js';
import type { TaskDefinition } from './task-definition.js';

/** What a task may read of itself. Its size is there where definition or overrides limit it, as on AWS. */
export function taskMetadata(task: Task, definition: TaskDefinition, tags: readonly Tag[]): TaskMetadata {
  const { attachment, overrides } = task;
  return {
    launchType: task.launchType,
    availabilityZone: task.availabilityZone,
    ...present({
      serviceName: task.serviceArn?.split('/').at(-1),
      cpu: number(overrides.cpu ?? definition.cpu),
      memory: number(overrides.memory ?? definition.memory),
      privateIpv4Address: attachment?.privateIPv4Address,
      macAddress: attachment?.macAddress,
    }),
    tags: tagRecord(tags),
  };
}

function number(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
