/** What was made, until it is let go. */
export interface Held<T> {
  readonly made: T;
  /** Undoes it, once; who calls again waits for the same. */
  release(): Promise<void>;
}

/** What a program has made elsewhere and must not leave there, whenever it ends. */
export class Belongings {
  readonly #held: (() => Promise<void>)[] = [];
  #closed = false;

  /** What is still being made when all is let go is undone too. Rejects as `make` does, and after the end. */
  async hold<T>(make: () => Promise<T>, undo: (made: T) => Promise<void> | void): Promise<Held<T>> {
    if (this.#closed) throw new Error('it ends already');
    const making = make();
    let released: Promise<void> | undefined;
    const release = (): Promise<void> =>
      (released ??= making.then(
        async (made) => undo(made),
        () => undefined,
      ));
    this.#held.push(release);
    return { made: await making, release };
  }

  /** Lets go of everything, the latest first. What fails keeps nothing else; the first failure is thrown at the end. */
  async close(): Promise<void> {
    this.#closed = true;
    const failures: unknown[] = [];
    for (const release of this.#held.splice(0).reverse())
      await release().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }
}
