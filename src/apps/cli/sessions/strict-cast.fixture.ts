/**
 * What is wrong with an asciicast v2 file by the letter of https://docs.asciinema.org/manual/asciicast/v2/; nothing: []
 */
export function castProblems(text: string): string[] {
  const problems: string[] = [];
  if (!text.endsWith('\n')) problems.push('the last line has no end');
  const [first = '', ...lines] = text.replace(/\n$/, '').split('\n');
  problems.push(...headerProblems(parsed(first)));
  let last = 0;
  lines.forEach((line, index) => {
    const problem = eventProblem(parsed(line), last);
    if (problem !== undefined) problems.push(`line ${index + 2}: ${problem}: ${line.slice(0, 80)}`);
    else last = (parsed(line) as [number])[0];
  });
  return problems;
}

const isWhole = (value: unknown): boolean => Number.isInteger(value) && (value as number) > 0;
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isString = (value: unknown): boolean => typeof value === 'string';
const isStrings = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isString);

const REQUIRED: Readonly<Record<string, (value: unknown) => boolean>> = {
  version: (value) => value === 2,
  width: isWhole,
  height: isWhole,
};
const OPTIONAL: Readonly<Record<string, (value: unknown) => boolean>> = {
  timestamp: (value) => Number.isInteger(value),
  duration: isNumber,
  idle_time_limit: isNumber,
  command: isString,
  title: isString,
  env: isStrings,
};

function headerProblems(header: unknown): string[] {
  if (typeof header !== 'object' || header === null || Array.isArray(header)) return ['the header is no object'];
  const members = header as Record<string, unknown>;
  return [
    ...Object.entries(REQUIRED).flatMap(([name, is]) => (is(members[name]) ? [] : [`header: ${name}`])),
    ...Object.entries(OPTIONAL).flatMap(([name, is]) =>
      !(name in members) || is(members[name]) ? [] : [`header: ${name}`],
    ),
  ];
}

function eventProblem(event: unknown, last: number): string | undefined {
  if (!Array.isArray(event) || event.length !== 3) return 'it is no array of three';
  const [time, code, data] = event as unknown[];
  if (!isNumber(time)) return 'the time is no number';
  if ((time as number) < last) return 'the time goes back';
  if (!['o', 'i', 'm', 'r'].includes(code as string)) return 'the code is unknown';
  if (typeof data !== 'string') return 'the data is no string';
  if (code === 'r' && !/^[1-9]\d*x[1-9]\d*$/.test(data)) return 'it is no size';
  return undefined;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
