import type { Caller } from '../platform/aws/service.js';

const SESSION = /^arn:[^:]+:sts::\d+:assumed-role\/(?:.*\/)?(mi-[0-9a-f]{17})$/;

/**
 * The managed instance whose role session this is: Systems Manager names sessions of a host's role after the host.
 * Whoever else may assume that role can choose the name too; its trust policy says who may.
 */
export function managedInstanceOf({ type, arn }: Pick<Caller, 'type' | 'arn'>): string | undefined {
  return type === 'assumed-role' ? SESSION.exec(arn)?.[1] : undefined;
}
