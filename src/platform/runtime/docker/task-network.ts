import type Docker from 'dockerode';
import { HOST_LABEL } from './container-config.js';
import { statusOf, textOf } from './docker-failure.js';
import type { DockerLog } from './docker-log.js';

/**
 * The bridge on which tasks, and in mode bridge their containers, have networks of their own: one for all tasks of this
 * host, made with the first and removed with the last of them.
 */
export class TaskNetwork {
  readonly #docker: Docker;
  readonly #hostId: string;
  readonly #log: DockerLog;
  #users = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(docker: Docker, hostId: string, log: DockerLog) {
    this.#docker = docker;
    this.#hostId = hostId;
    this.#log = log;
  }

  /** Its id; undefined where the daemon cannot make one, with the reason in the log. */
  acquire(): Promise<string | undefined> {
    this.#users += 1;
    return this.#next(async () => {
      try {
        return (await this.#find()) ?? (await this.#make());
      } catch (error) {
        this.#log.warn(
          { cause: textOf(error) },
          'no bridge for tasks: in mode awsvpc they have the network of the host. Let the daemon make bridge networks',
        );
        return undefined;
      }
    });
  }

  /** Never rejects. */
  release(): Promise<void> {
    this.#users -= 1;
    return this.#next(async () => {
      if (this.#users > 0) return;
      await removeNetworks(this.#docker, this.#hostId, this.#log);
    });
  }

  /** One after the other, so that none is removed that has just been found. */
  #next<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #find(): Promise<string | undefined> {
    const [known] = await this.#docker.listNetworks({ filters: { label: [`${HOST_LABEL}=${this.#hostId}`] } });
    return known?.Id;
  }

  async #make(): Promise<string> {
    const made = await this.#docker.createNetwork({
      Name: `gangway-${this.#hostId.slice(0, 12)}`,
      Driver: 'bridge',
      Labels: { [HOST_LABEL]: this.#hostId },
    });
    return made.id;
  }
}

/** Those that nothing is connected to. Never rejects. */
export async function removeNetworks(docker: Docker, hostId: string, log: DockerLog): Promise<void> {
  try {
    const left = await docker.listNetworks({ filters: { label: [`${HOST_LABEL}=${hostId}`] } });
    for (const { Id } of left) await docker.getNetwork(Id).remove();
  } catch (error) {
    // 403: somebody is connected; 404: gone already.
    if ([403, 404, 409].includes(statusOf(error) ?? 0)) return;
    log.warn({ cause: textOf(error) }, 'network not removed');
  }
}
