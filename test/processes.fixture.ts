import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Processes of this machine whose command line has the text, as `pid command line`; never this one. */
export function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .flatMap((name) => {
      try {
        const line = readFileSync(join('/proc', name, 'cmdline'), 'utf8')
          .replaceAll('\0', ' ')
          .trim();
        return line.includes(text) ? [`${name} ${line}`] : [];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

/** For what happens in other processes, where nothing can be awaited. */
export async function until(
  what: string | (() => string),
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) {
      throw new Error(`not within ${timeoutMs} ms: ${typeof what === 'string' ? what : what()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
