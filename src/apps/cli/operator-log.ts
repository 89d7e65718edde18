import { pino, type Logger } from 'pino';
import type { RequestEvent } from '../../platform/aws/endpoint/request-event.js';

export type LogFormat = 'text' | 'json';

/** Names that only read: they say little and come often, from waiters and consoles. */
const READS = /^(Describe|List|Get|Head|Discover)/;

/** What container hosts and clients say to each other through us: the parts behind it have lines of their own. */
const INNER = /^(SubmitTaskStateChange|GET \/ws|(GET|POST) \/v1\/(control|data)-channel\/)/;

/** Fields that stand in every line and tell a person nothing. */
const OWN_FIELDS = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'requestId', 'sourceIp']);

/** The operator's log, on stderr: JSON lines for programs, short ones for people. */
export function createOperatorLog(
  format: LogFormat,
  verbose: boolean,
  stderr: { write(text: string): unknown },
): Logger {
  const level = verbose ? 'debug' : 'info';
  if (format === 'json') return pino({ level }, { write: (line) => void stderr.write(line) });
  return pino({ level }, { write: (line) => void stderr.write(shortLine(line)) });
}

type Line = Record<string, unknown> & { level: number; time: number; msg?: string };

/** `10:19:03 warn  container not cleaned up  container=0f3c… cause=…` from a line of pino's. */
export function shortLine(json: string): string {
  const line = shortened(JSON.parse(json) as Line);
  const time = new Date(line.time).toTimeString().slice(0, 8);
  const level = (pino.levels.labels[line.level] ?? '').padEnd(5);
  const fields = Object.entries(line)
    .filter(([name, value]) => !OWN_FIELDS.has(name) && value !== '' && value !== null)
    .map(([name, value]) => `  ${name}=${shown(value)}`);
  return `${time} ${level} ${line.msg ?? ''}${fields.join('')}\n`;
}

/** What policies say of a refusal takes lines: the one that says why stays, and where the others can be read. */
function shortened(line: Line): Line {
  const { reason, requestId } = line;
  if (typeof reason !== 'string' || !reason.includes('\n')) return line;
  const [, denied = ''] = reason.split('\n', 2);
  return { ...line, reason: denied, ...(typeof requestId === 'string' && { why: `gangway why ${requestId}` }) };
}

function shown(value: unknown): string {
  if (typeof value === 'string') return /^[!#-~]+$/.test(value) ? value : JSON.stringify(value);
  // pino's form of an error; its stack is in the JSON format.
  if (typeof value === 'object' && value !== null && 'message' in value) return JSON.stringify(value.message);
  return JSON.stringify(value);
}

/** One line for each request, with the reason that its caller was not told. */
export function requestLog(log: Logger): (event: RequestEvent) => void {
  return (event) => {
    const { operation, status, service, code, reason, error, principal, sourceIp, ms, id } = event;
    const fields = {
      service,
      status,
      code,
      reason,
      err: error,
      principal,
      sourceIp,
      ms: Math.round(ms),
      requestId: id,
    };
    const quiet = status < 400 && (READS.test(operation) || INNER.test(operation));
    log[status >= 500 ? 'error' : quiet ? 'debug' : 'info'](fields, operation);
  };
}
