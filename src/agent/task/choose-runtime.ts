import { StartError, type Runtime } from '../../platform/runtime/runtime.js';

/**
 * The first runtime that takes the image and can work on this machine. Otherwise throws what a failed pull is called
 * in ECS, with the reason of every runtime that was asked.
 */
export async function chooseRuntime(runtimes: readonly Runtime[], image: string): Promise<Runtime> {
  const refusals: string[] = [];
  for (const runtime of runtimes) {
    if (!runtime.accepts(image)) {
      refusals.push(`${runtime.name}: does not take this image`);
      continue;
    }
    const reason = await runtime.unavailable();
    if (reason === undefined) return runtime;
    refusals.push(`${runtime.name}: ${reason}`);
  }
  if (!runtimes.some((runtime) => runtime.name === 'docker')) refusals.push('docker: not set up on this host');
  throw new StartError(`CannotPullContainerError: no way to run image ${image} on this host (${refusals.join('; ')})`);
}
