import process from 'node:process';

/** Signals of this process, passed in so that tests can raise them. */
export interface Signals {
  /** Calls back on each; returns how to stop it. */
  on(signal: NodeJS.Signals, handler: () => void): () => void;
  /** Stops this process as Ctrl-Z would, until SIGCONT. */
  stopSelf(): void;
}

export const processSignals: Signals = {
  on(signal, handler) {
    process.on(signal, handler);
    return () => process.off(signal, handler);
  },
  stopSelf() {
    // The whole job: whatever started us in the shell's process group stops too, as with the key.
    process.kill(0, 'SIGTSTP');
  },
};
