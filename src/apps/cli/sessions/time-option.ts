import { InvalidArgumentError } from '../commander.js';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `1h30m`, `45s`, `1.5h` or seconds, in milliseconds; undefined: it is none. */
export function readDuration(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^(\d+(\.\d+)?[smhdw])+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([smhdw])/g)];
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNIT_MS[unit] ?? 0), 0);
}

/** For commander: a place in a record, `1m30s` or `1:30`, in microseconds. */
export function placeOption(text: string): number {
  const clock = /^(?:(\d+):)?(\d+):([0-5]\d)$/.exec(text);
  if (clock !== null) {
    const [hours = 0, minutes = 0, seconds = 0] = clock.slice(1).map((part: string | undefined) => Number(part ?? 0));
    return (hours * 3600 + minutes * 60 + seconds) * 1e6;
  }
  const milliseconds = readDuration(text);
  if (milliseconds === undefined) throw new InvalidArgumentError('It takes a time such as 90, 1:30 or 1m30s.');
  return milliseconds * 1000;
}

/** For commander: `2h` (that long ago) or a date, in milliseconds since the epoch. */
export function momentOption(now: number): (text: string) => number {
  return (text) => {
    const ago = /^\d+$/.test(text) ? undefined : readDuration(text);
    if (ago !== undefined) return now - ago;
    const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
    if (Number.isNaN(time)) {
      throw new InvalidArgumentError('It takes a time such as 2026-11-25, 2026-11-25T18:00:00Z, or 2h or 3d ago.');
    }
    return time;
  };
}

/** For commander: a number above zero. */
export function positiveOption(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError('It takes a number above 0.');
  }
  return value;
}
