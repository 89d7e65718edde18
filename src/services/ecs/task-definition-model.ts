import type { TaskDefinition as WireTaskDefinition } from '@aws-sdk/client-ecs';
import { date } from './present.js';
import type { TaskDefinition } from './task-definition.js';

export function taskDefinitionModel(definition: TaskDefinition): WireTaskDefinition {
  return {
    ...definition,
    registeredAt: date(definition.registeredAt),
    deregisteredAt: date(definition.deregisteredAt),
    deleteRequestedAt: date(definition.deleteRequestedAt),
  };
}
