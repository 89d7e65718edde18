import { TargetType, type Attribute } from '@aws-sdk/client-ecs';
import { requireOneOf } from './checks.js';
import { ecsError } from './ecs-error.js';

/** An attribute that a user puts on a container instance, or takes from it. */
export interface AttributeRequest {
  readonly name: string;
  readonly value?: string;
  /** Id or ARN of the container instance. */
  readonly targetId: string;
}

/** As the service model describes names and values. */
const NAME = /^[A-Za-z0-9_./\\-]{1,128}$/;
const VALUE = /^[A-Za-z0-9_.@/\\: -]{1,128}$/;

/** Names that begin so are for agents to say: what a host is and can do is not its users' to claim (our choice). */
const RESERVED = 'ecs.';

export function readAttribute({ name = '', value, targetType, targetId = '' }: Attribute): AttributeRequest {
  requireOneOf(targetType, TargetType, 'targetType');
  if (name === '') throw ecsError.required('name');
  if (targetId === '') throw ecsError.required('targetId');
  if (!NAME.test(name)) throw ecsError.invalidParameter(`Attribute name '${name.slice(0, 128)}' is invalid.`);
  if (name.startsWith(RESERVED)) {
    throw ecsError.invalidParameter(`Attribute name '${name}' is reserved for the container agent.`);
  }
  if (value === undefined || value === '') return { name, targetId };
  if (!VALUE.test(value) || value.trim() !== value) {
    throw ecsError.invalidParameter(`Attribute value '${value.slice(0, 128)}' is invalid.`);
  }
  return { name, value, targetId };
}
