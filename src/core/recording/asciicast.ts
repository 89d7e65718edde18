import { EventKind, type RecordingEvent, type RecordingHeader } from './recording-format.js';
import { parseGap, parseHeader, parseRecordingSize } from './recording-payloads.js';
import { Utf8Stream } from './utf8-stream.js';

/** The screen of a session without a terminal, which is what a player needs to show it. */
export const DEFAULT_CAST_SIZE = Object.freeze({ columns: 80, rows: 24 });

/**
 * A record as asciicast v2 (https://docs.asciinema.org/manual/asciicast/v2/): one JSON text a line. The format is text,
 * so bytes that are no UTF-8 become U+FFFD; the record itself has them as they were. What we say of a session beyond
 * the format's own fields stands in its header under `gangway`, which players skip.
 */
export class Asciicast {
  readonly #output = new Utf8Stream();
  readonly #stderr = new Utf8Stream();
  readonly #input = new Utf8Stream();
  #terminal = true;
  #lastWasReturn = false;

  /** The lines of one event, each with its line feed; events in their order. Throws a PayloadError. */
  lines(event: RecordingEvent): string {
    const { kind, time, payload } = event;
    switch (kind) {
      case EventKind.Header:
        return this.#header(parseHeader(payload));
      case EventKind.Output:
        return this.#shown(time, this.#output.push(payload));
      case EventKind.StdErr:
        return this.#shown(time, this.#stderr.push(payload));
      case EventKind.Input:
        return line(time, 'i', this.#input.push(payload));
      case EventKind.Resize: {
        const { columns, rows } = parseRecordingSize(payload);
        return line(time, 'r', `${columns}x${rows}`);
      }
      case EventKind.Gap: {
        const { bytes, reason } = parseGap(payload);
        return line(time, 'm', `${bytes} bytes were not recorded: ${reason}`);
      }
      case EventKind.End:
        return (
          this.#shown(time, this.#output.end()) +
          this.#shown(time, this.#stderr.end()) +
          line(time, 'i', this.#input.end())
        );
    }
  }

  #header(header: RecordingHeader): string {
    const { sessionId, target, taskArn, containerName, owner, sourceIp, command, startedAt, terminal, freedom } =
      header;
    this.#terminal = terminal !== null;
    const { columns, rows } = terminal ?? DEFAULT_CAST_SIZE;
    return `${JSON.stringify({
      version: 2,
      width: columns,
      height: rows,
      timestamp: Math.floor(startedAt / 1000),
      ...(command === '' ? {} : { command }),
      title: `${owner} in ${containerName} of ${taskArn}${command === '' ? '' : `: ${command}`}`,
      ...(terminal === null ? {} : { env: { TERM: terminal.term } }),
      gangway: { sessionId, owner, sourceIp, target, taskArn, containerName, startedAt, ...(freedom && { freedom }) },
    })}\n`;
  }

  #shown(time: number, text: string): string {
    return line(time, 'o', this.#terminal ? text : this.#withReturns(text));
  }

  /** A terminal makes CR LF of a line feed; without one nobody has, and a player would show stairs. */
  #withReturns(text: string): string {
    const behindReturn = this.#lastWasReturn;
    if (text !== '') this.#lastWasReturn = text.endsWith('\r');
    return text.replace(/\r?\n/g, (end, at: number) => (end === '\n' && at === 0 && behindReturn ? end : '\r\n'));
  }
}

function line(time: number, code: 'o' | 'i' | 'r' | 'm', data: string): string {
  return data === '' ? '' : `[${(time / 1e6).toFixed(6)}, "${code}", ${JSON.stringify(data)}]\n`;
}
