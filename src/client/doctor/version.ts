/** Numbers of the first version in a text: `aws-cli/2.15.1 Python/3.11` is 2, 15, 1. Undefined: there is none. */
export function versionOf(text: string): readonly number[] | undefined {
  const found = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return found?.slice(1).map((part: string | undefined) => Number(part ?? 0));
}

/** Whether a version is another or a later one. */
export function isAtLeast(version: readonly number[], least: readonly number[]): boolean {
  const at = version.findIndex((part, index) => part !== (least[index] ?? 0));
  return at === -1 || (version[at] ?? 0) > (least[at] ?? 0);
}
