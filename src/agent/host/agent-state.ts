import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Sealer } from '../../platform/crypto/sealer.js';
import { syncDirectory } from '../../platform/store/sync-directory.js';
import { causeOf, type Log } from '../log.js';
import type { KeptTask, KeptTasks } from '../task/kept-task.js';

/** Of the form in which tasks are kept: an agent that does not know it does not go on with the task. */
export const KEPT_VERSION = 1;

/** What an agent keeps beyond its life. */
export interface AgentState {
  readonly tasks: KeptTasks;
  /** Secret. What containers were told to find and show their agent by is made of it, so that it stays as it was. */
  readonly key: Uint8Array;
  /** Where containers find their metadata; undefined: anywhere. Neither rejects. */
  readPort(): Promise<number | undefined>;
  writePort(port: number): Promise<void>;
}

/**
 * Files in a directory of the agent's own, for nobody else to read. Tasks bring secrets with them, in environments and
 * as credentials of roles: they are sealed with a key made of `rootKey`.
 */
export function createAgentState(directory: string, rootKey: Uint8Array, log: Log): AgentState {
  const portFile = join(directory, 'metadata-port');
  return {
    tasks: new KeptTaskFiles(join(directory, 'tasks'), new Sealer(rootKey), log),
    key: new Uint8Array(hkdfSync('sha256', rootKey, '', 'gangway agent tokens', 32)),
    async readPort() {
      const port = Number(await readFile(portFile, 'utf8').catch(() => ''));
      return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
    },
    async writePort(port) {
      await writeWhole(directory, portFile, Buffer.from(`${port}\n`)).catch((error: unknown) => {
        log.warn({ cause: causeOf(error) }, 'port of the task endpoint not kept');
      });
    },
  };
}

class KeptTaskFiles implements KeptTasks {
  readonly #directory: string;
  readonly #sealer: Sealer;
  readonly #log: Log;
  /** The newest of each task that is not on the disk yet; undefined: it is to be removed. */
  readonly #waiting = new Map<string, KeptTask | undefined>();
  readonly #writing = new Map<string, Promise<void>>();

  constructor(directory: string, sealer: Sealer, log: Log) {
    this.#directory = directory;
    this.#sealer = sealer;
    this.#log = log;
  }

  async read(): Promise<readonly KeptTask[]> {
    const names = await readdir(this.#directory).catch(() => []);
    const tasks: KeptTask[] = [];
    for (const name of names.sort()) {
      const path = join(this.#directory, name);
      try {
        const text = Buffer.from(this.#sealer.open(await readFile(path), purposeOf(name))).toString('utf8');
        const { version, task } = JSON.parse(text) as { version: number; task: KeptTask };
        if (version !== KEPT_VERSION) throw new Error(`it is of version ${version}`);
        tasks.push(task);
      } catch (error) {
        // Also what a write that was cut off has left beside the file.
        this.#log.warn({ file: name, cause: causeOf(error) }, 'a task that was kept cannot be read');
        await rm(path, { force: true }).catch(() => undefined);
      }
    }
    return tasks;
  }

  write(task: KeptTask): Promise<void> {
    return this.#put(task.payload.arn, task);
  }

  remove(taskArn: string): Promise<void> {
    return this.#put(taskArn, undefined);
  }

  async idle(): Promise<void> {
    while (this.#writing.size > 0) await Promise.allSettled(this.#writing.values());
  }

  /** One write at a time for each task; of those that wait for it only the newest is made. */
  #put(arn: string, task: KeptTask | undefined): Promise<void> {
    const waits = this.#waiting.has(arn);
    this.#waiting.set(arn, task);
    const before = this.#writing.get(arn) ?? Promise.resolve();
    if (waits) return before;
    const turn: Promise<void> = before
      .catch(() => undefined)
      .then(() => this.#make(arn))
      .finally(() => {
        if (this.#writing.get(arn) === turn) this.#writing.delete(arn);
      });
    this.#writing.set(arn, turn);
    return turn;
  }

  async #make(arn: string): Promise<void> {
    const task = this.#waiting.get(arn);
    this.#waiting.delete(arn);
    // Names of files say nothing of tasks, whose ids come from elsewhere.
    const name = createHash('sha256').update(arn).digest('hex');
    const path = join(this.#directory, name);
    if (task === undefined) return rm(path, { force: true });
    const sealed = this.#sealer.seal(Buffer.from(JSON.stringify({ version: KEPT_VERSION, task })), purposeOf(name));
    return writeWhole(this.#directory, path, sealed);
  }
}

function purposeOf(name: string): string {
  return `kept-task/${name}`;
}

/** Whole or not at all, and there after a power cut. */
async function writeWhole(directory: string, path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncDirectory(directory);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}
