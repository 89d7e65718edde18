import type { ContainerPayload } from '../../core/protocol/agent-service.js';

interface Stopped {
  readonly payload: Pick<ContainerPayload, 'name' | 'dependsOn'>;
  stop(limitMs: number): Promise<void>;
}

/** Stops all containers at the same time, but each only after those that depend on it. Resolves when all have ended. */
export async function stopInOrder(containers: readonly Stopped[], limitMs: number): Promise<void> {
  const ends = new Map<string, Promise<void>>();
  const stop = (container: Stopped, path: readonly string[]): Promise<void> => {
    const { name } = container.payload;
    const known = ends.get(name);
    if (known !== undefined) return known;
    const dependents = containers.filter(
      ({ payload }) =>
        !path.includes(payload.name) && payload.dependsOn?.some(({ containerName }) => containerName === name) === true,
    );
    const end = Promise.all(dependents.map((dependent) => stop(dependent, [...path, name]))).then(() =>
      container.stop(limitMs),
    );
    ends.set(name, end);
    return end;
  };
  await Promise.all(containers.map((container) => stop(container, [container.payload.name])));
}
