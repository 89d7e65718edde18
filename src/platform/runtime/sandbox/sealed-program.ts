import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The program built for this machine; undefined where there is none. */
export function prebuiltProgram(platform: string = process.platform, arch: string = process.arch): string | undefined {
  if (platform !== 'linux' || (arch !== 'x64' && arch !== 'arm64')) return undefined;
  return fileURLToPath(new URL(`../../../../native/prebuilt/linux-${arch}/gangway-sandbox`, import.meta.url));
}

/** What a process of the program gets besides its arguments. */
export interface ProgramProcessOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Inherited as descriptors 4 and on. */
  readonly descriptors?: readonly number[];
}

/**
 * A copy of the program in sealed memory, from which all its processes run. A container's root user can reach the
 * file behind a running program through /proc/PID/exe; a sealed copy is one he cannot write to, and no file of the
 * host. It also stays the same while an update replaces the file.
 */
export class SealedProgram {
  readonly #descriptor: number;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Rejects when the program cannot be executed, or memory cannot be (sysctl vm.memfd_noexec=2). */
  static async open(path: string): Promise<SealedProgram> {
    await access(path, constants.X_OK);
    const child = spawn(path, ['seal'], { stdio: ['pipe', 'pipe', 'ignore'], env: {} });
    const ended = once(child, 'exit');
    const [line] = (await Promise.race([once(child.stdout, 'data'), ended.then(() => [''])])) as [Buffer | string];
    const found = /^sealed ([0-9]+)\n$/.exec(line.toString());
    if (found === null) throw new Error(`${path} seal: ${line.toString().trim() || 'no answer'}`);
    const descriptor = openSync(`/proc/${child.pid ?? 0}/fd/${found[1] ?? ''}`, 'r');
    child.stdin.end();
    // Executing what somebody has open for writing is refused (ETXTBSY).
    await ended;
    return new SealedProgram(descriptor);
  }

  /**
   * Starts the program; descriptor 3, `stdio[3]`, is its control socket. Throws or emits `error` as spawn does.
   * Linux sends a parent's death signal when the thread that started the child ends: call it on the main thread.
   */
  start(args: readonly string[], options: ProgramProcessOptions): ChildProcess {
    return spawn(`/proc/self/fd/${this.#descriptor}`, args, {
      argv0: 'gangway-sandbox',
      env: { ...options.environment },
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', ...(options.descriptors ?? [])],
    });
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
