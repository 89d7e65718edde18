const FORM = /^\d{1,9}(\.\d{1,9})*$/;

/**
 * Dotted integers compared part by part, missing parts as 0: negative when `left` is older, positive when it is newer.
 * Undefined when one of them is no version. The official client also refuses different numbers of parts (T23): ours
 * announces four.
 */
export function compareVersions(left: string, right: string): number | undefined {
  if (!FORM.test(left) || !FORM.test(right)) return undefined;
  const lefts = left.split('.').map(Number);
  const rights = right.split('.').map(Number);
  for (let index = 0; index < Math.max(lefts.length, rights.length); index += 1) {
    const difference = (lefts[index] ?? 0) - (rights[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
