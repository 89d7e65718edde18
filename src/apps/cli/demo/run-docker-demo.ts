import { connectEngine } from '../../../platform/runtime/docker/docker-engine.js';
import { dockerAccess, hostRuntimes, noneAvailable } from '../../host-runtimes.js';
import { connect } from '../connect.js';
import { makeDemoImages } from './demo-images.js';
import type { Narration } from './demo-terminal.js';
import { asOnAws, CLUSTER, LIFTED, prepareDockerDemo, READ_ONLY, withLimitsLifted } from './docker-demo.js';
import type { Stage } from './start-gangway.js';

/** Resolves to the arguments with which `gangway exec` finds what was shown. */
export async function runDockerDemo({
  start,
  directory,
  narration,
  log,
  belongings,
}: Stage): Promise<readonly string[]> {
  const { host = '', certificates } = dockerAccess();
  const refusal = await noneAvailable(hostRuntimes({ choice: 'docker', directory, log }));
  if (refusal !== undefined) throw new Error(`the demo's containers cannot run: ${refusal}`);
  narration.tell('Docker', host);
  const images = await makeDemoImages(await connectEngine(host, certificates), belongings);
  narration.tell('image', `${images.tools}  made of ${images.toolsFrom}`);
  narration.tell('image', `${images.bare}  one static program, no shell`);

  const held = await start();
  heading(narration, 'As on AWS (gangway up)');
  narration.tell('endpoint', held.made.url);
  const connection = await connect({ data: directory });
  await prepareDockerDemo(connection, narration, images);
  await asOnAws(connection, narration, images);
  await held.release();

  const again = await start(LIFTED);
  heading(narration, `Freer than AWS (gangway up --limits ${LIFTED.toString()})`);
  narration.tell('endpoint', again.made.url);
  await withLimitsLifted(await connect({ data: directory }), narration, images);
  return ['--cluster', CLUSTER, '--container', READ_ONLY];
}

function heading(narration: Narration, text: string): void {
  narration.say();
  narration.say(text);
  narration.say();
}
