import type { Facts } from './facts.js';

/**
 * Whether an agent is known not to be connected: of one container, or of any that may be meant. What only may keep an
 * agent from connecting is then a cause, and no more than advice otherwise.
 */
export function isSeenApart({ connections }: Pick<Facts, 'connections'>, container?: string): boolean {
  const all = container === undefined ? [...connections.values()] : [connections.get(container)];
  return all.some((fact) => fact?.known === true && fact.value !== 'connected');
}
