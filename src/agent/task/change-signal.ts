/** Tells those who wait that something has changed. */
export class ChangeSignal {
  #waiting: (() => void)[] = [];

  /** Resolves at the next change. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  raise(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
