/**
 * Does one piece of work at a time. A key that is added while it waits is done once; added while it runs, once more
 * afterwards. A failure is told and forgotten: whoever depends on the work adds it again.
 */
export class WorkQueue {
  readonly #work: (key: string) => Promise<void>;
  readonly #failed: (key: string, error: unknown) => void;
  readonly #waiting = new Set<string>();
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(work: (key: string) => Promise<void>, failed: (key: string, error: unknown) => void) {
    this.#work = work;
    this.#failed = failed;
  }

  add(key: string): void {
    if (this.#stopped) return;
    this.#waiting.add(key);
    this.#running ??= this.#run();
  }

  /** Resolves when nothing waits or runs. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Takes no more work, forgets what waits, and resolves when the running piece is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    await this.idle();
  }

  async #run(): Promise<void> {
    // What the caller does in the same turn may add more; begin after it.
    await Promise.resolve();
    for (const key of this.#waiting) {
      this.#waiting.delete(key);
      try {
        await this.#work(key);
      } catch (error) {
        this.#failed(key, error);
      }
    }
    this.#running = undefined;
  }
}
