import { connect } from '../connect.js';
import { CLUSTER, sandboxDemo } from './sandbox-demo.js';
import type { Stage } from './start-gangway.js';

/** Resolves to the arguments with which `gangway exec` finds what was shown. */
export async function runSandboxDemo({ start, directory, narration }: Stage): Promise<readonly string[]> {
  const { made: gangway } = await start();
  if (gangway.sandboxUnavailable !== undefined) {
    throw new Error(`no container can run on this machine: ${gangway.sandboxUnavailable}`);
  }
  narration.tell('endpoint', gangway.url);
  await sandboxDemo(await connect({ data: directory }), narration);
  return ['--cluster', CLUSTER];
}
