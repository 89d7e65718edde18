import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { LogEvent } from '../../platform/aws/logs-client.js';

const compress = promisify(deflateRaw);
const expand = promisify(inflateRaw);

/** Times are kept as what they are later than the first. */
type Content = readonly [first: number, later: readonly number[], messages: readonly string[]];

/** The events of a batch as few bytes. */
export async function packEvents(events: readonly LogEvent[]): Promise<Uint8Array> {
  const first = events[0]?.timestamp ?? 0;
  const content: Content = [
    first,
    events.map(({ timestamp }) => timestamp - first),
    events.map(({ message }) => message),
  ];
  return compress(JSON.stringify(content));
}

/** Throws when these are not packed events. */
export async function unpackEvents(packed: Uint8Array): Promise<readonly LogEvent[]> {
  const [first, later, messages] = JSON.parse((await expand(packed)).toString()) as Content;
  return messages.map((message, index) => ({ timestamp: first + (later[index] ?? 0), message }));
}
