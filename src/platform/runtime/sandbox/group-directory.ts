import { readdirSync, rmdirSync } from 'node:fs';

/** Control groups directly below one; none where it is not there. */
export function groupsBelow(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch {
    return [];
  }
}

/** Whether the group is gone: also where it was not there. One with processes, or with groups below it, stays. */
export function removeGroup(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
