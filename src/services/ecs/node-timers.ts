import type { Timers } from './ports.js';

/** Node's timers; none of them keeps the process alive. */
export const nodeTimers: Timers = Object.freeze({
  after(milliseconds: number, work: () => void) {
    const timer = setTimeout(work, milliseconds).unref();
    return { cancel: () => clearTimeout(timer) };
  },
});
