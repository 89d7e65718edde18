/** Whoever waits for more of a live record at the same time; further ones are answered at once. */
export const MAX_WAITERS = 200;

/** Wakes all who wait for something to change. */
export class Changes {
  readonly #waiters = new Set<() => void>();

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Resolves with the next change, or after that many milliseconds. */
  wait(milliseconds: number): Promise<void> {
    if (milliseconds <= 0 || this.#waiters.size >= MAX_WAITERS) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      timer.unref();
      this.#waiters.add(done);
    });
  }

  wake(): void {
    for (const done of [...this.#waiters]) done();
  }
}
