import { randomBytes } from 'node:crypto';
import process from 'node:process';
import type { DockerEngine } from '../../../platform/runtime/docker/docker-engine.js';
import { hasImage, importImage, removeImage } from '../../../platform/runtime/docker/import-image.js';
import { PauseImage } from '../../../platform/runtime/docker/pause-image.js';
import { tarArchive, type ArchiveEntry } from '../../../platform/runtime/docker/tar-archive.js';
import type { Belongings } from './belongings.js';
import { machinePrograms } from './machine-programs.js';

/** Where the static program is in its image. */
export const STATIC_PROGRAM = '/server';

export interface DemoImages {
  /** With a shell and tools. */
  readonly tools: string;
  readonly toolsFrom: string;
  /** A static program and nothing else, as a distroless image has it. */
  readonly bare: string;
}

/**
 * Makes the images of a demonstration from what this machine has, and holds them: at its end the daemon has no image
 * that it had not before. Rejects when the daemon's machine is of another kind than this one.
 */
export async function makeDemoImages(engine: DockerEngine, belongings: Belongings): Promise<DemoImages> {
  const { docker, os, architecture } = engine;
  const here = `${process.platform} ${process.arch === 'x64' ? 'amd64' : process.arch}`;
  if (`${os} ${architecture}` !== here) {
    throw new Error(
      `the Docker daemon's machine is ${os} ${architecture}, this one is ${here}, and the demo makes its images of ` +
        `this machine's programs: run it where the daemon is`,
    );
  }
  const pause = new PauseImage(engine);
  const name = await pause.name();
  // The runtime makes it for the first task, and keeps it for the next one.
  await belongings.hold(
    () => hasImage(docker, name),
    (known) => (known ? undefined : removeImage(docker, name)),
  );
  // Two demonstrations at a time do not take each other's away.
  const run = randomBytes(4).toString('hex');
  const make = async (kind: string, entries: readonly ArchiveEntry[]): Promise<string> => {
    const archive = tarArchive(entries);
    const held = await belongings.hold(
      () => importImage(docker, `localhost/gangway-demo-${kind}-${run}`, archive),
      (image) => removeImage(docker, image),
    );
    return held.made;
  };
  const { from, entries } = machinePrograms();
  return {
    tools: await make('tools', entries),
    toolsFrom: from,
    bare: await make('bare', [{ path: STATIC_PROGRAM.slice(1), mode: 0o755, content: await pause.program() }]),
  };
}
