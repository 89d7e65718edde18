/** `0:05`, `12:34`, `1:02:03` of microseconds. */
export function recordTime(microseconds: number): string {
  const seconds = Math.max(0, Math.floor(microseconds / 1e6));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [first = 0, ...rest] = parts[0] === 0 ? parts.slice(1) : parts;
  return [String(first), ...rest.map((part) => String(part).padStart(2, '0'))].join(':');
}
