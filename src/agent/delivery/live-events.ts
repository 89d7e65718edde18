import type { RecordingEvent, RecordingHeader } from '../../core/recording/recording-format.js';
import { alreadyExists, type LogsClient } from '../../platform/aws/logs-client.js';
import type { TranscriptLine } from '../../platform/terminal/transcript-line.js';
import { sleep, within, type Clock } from '../clock.js';
import { Backoff, type BackoffLimits } from '../connection/backoff.js';
import type { Log } from '../log.js';
import type { LiveDelivery } from '../record/delivery.js';
import { failureText } from './delivery-failure.js';
import { LiveLines, linesOfEvent, liveEvent, timeOf } from './live-lines.js';
import { EVENTS_PER_CALL } from './log-messages.js';

/** How often waiting lines are sent, as AWS's agent does. */
export const LIVE_INTERVAL_MS = 1_000;
/** Characters of lines that wait; beyond them a session's live events stop, and the rest follows at its end. */
export const MAX_WAITING_LENGTH = 1024 * 1024;
/** What a line counts for besides its characters. */
const LINE_LENGTH = 32;
/** How long the end of a session tries to send what waits. */
export const LIVE_CLOSE_MS = 5_000;
export const LIVE_BACKOFF: BackoffLimits = { firstMs: LIVE_INTERVAL_MS, capMs: 30_000 };

export interface LiveEventsOptions {
  readonly header: RecordingHeader;
  readonly region: string;
  readonly logs: LogsClient;
  readonly group: string;
  readonly stream: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Lines up to and with this time (milliseconds since the epoch) are in the stream. */
  readonly sent: (until: number) => void;
  readonly refused: (error: unknown) => void;
}

/**
 * Live events of one running session. The time of an event is that of its last line, and all lines of a millisecond go
 * together, so that from the stream's last event it is known where to go on.
 */
export class LiveEvents implements LiveDelivery {
  readonly #options: LiveEventsOptions;
  readonly #lines: LiveLines;
  readonly #stop = new AbortController();
  readonly #closing = new AbortController();
  #waiting: TranscriptLine[] = [];
  #length = 0;
  #behind = false;
  #created = false;
  #newest = { time: -1, at: 0 };
  #sending: Promise<void> | undefined;

  constructor(options: LiveEventsOptions) {
    this.#options = options;
    this.#lines = new LiveLines((line) => this.#wait(line));
  }

  event(event: RecordingEvent): void {
    if (this.#behind || this.#closed) return;
    try {
      this.#newest = { time: event.time, at: this.#options.clock.now() };
      this.#lines.event(event);
    } catch (error) {
      this.#fallBehind(failureText(error));
    }
    if (this.#waiting.length > 0) this.#begin();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    if (!this.#behind) this.#lines.end();
    const { clock } = this.#options;
    // Whoever waits for the next second, or for the service to come back, looks again at once.
    this.#closing.abort();
    if (this.#waiting.length > 0) this.#begin();
    await within(clock, LIVE_CLOSE_MS, this.#sending ?? Promise.resolve(), undefined);
    this.#stop.abort();
    await this.#sending;
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }

  #wait(line: TranscriptLine): void {
    if (this.#behind) return;
    this.#length += line.text.length + LINE_LENGTH;
    if (this.#length > MAX_WAITING_LENGTH) this.#fallBehind('the log group takes less than the session shows');
    else this.#waiting.push(line);
  }

  #fallBehind(reason: string): void {
    const { header, log } = this.#options;
    this.#behind = true;
    log.warn({ sessionId: header.sessionId, reason }, 'the rest of the live events follows when the session has ended');
  }

  #begin(): void {
    this.#sending ??= this.#send().finally(() => (this.#sending = undefined));
  }

  async #send(): Promise<void> {
    const { clock, log, header, random, refused } = this.#options;
    const { signal } = this.#stop;
    const backoff = new Backoff(LIVE_BACKOFF, random);
    let wait = LIVE_INTERVAL_MS;
    while (this.#waiting.length > 0 && !signal.aborted) {
      if (!this.#closed) await sleep(clock, wait, this.#closing.signal);
      try {
        await this.#sendReady(signal);
        backoff.reset();
        wait = LIVE_INTERVAL_MS;
      } catch (error) {
        refused(error);
        log.debug({ sessionId: header.sessionId, reason: failureText(error) }, 'live events are not sent yet');
        wait = backoff.next();
        if (this.#closed) await sleep(clock, Math.min(wait, LIVE_INTERVAL_MS), signal);
      }
    }
  }

  async #sendReady(signal: AbortSignal): Promise<void> {
    const { logs, group, stream, header, region, sent } = this.#options;
    for (let ready = this.#ready(); ready > 0 && !signal.aborted; ready = this.#ready()) {
      if (!this.#created) await createStream(logs, group, stream, signal);
      this.#created = true;
      const events: { timestamp: number; message: string }[] = [];
      let count = 0;
      while (count < ready && events.length < EVENTS_PER_CALL) {
        const lines = this.#waiting.slice(count, ready);
        const taken = lines.slice(0, linesOfEvent(lines));
        events.push(liveEvent(header, region, taken));
        count += taken.length;
      }
      const rejected = await logs.putLogEvents(group, stream, events, { signal });
      if (rejected !== undefined) throw new Error('the log group refuses events of this time');
      sent(events.at(-1)?.timestamp ?? 0);
      for (const { text } of this.#waiting.splice(0, count)) this.#length -= text.length + LINE_LENGTH;
    }
  }

  /** Lines of the newest millisecond wait for others of it. */
  #ready(): number {
    const { header, clock } = this.#options;
    const quiet = clock.now() - this.#newest.at >= LIVE_INTERVAL_MS;
    if (this.#closed || this.#behind || quiet) return this.#waiting.length;
    const newest = timeOf(header, { text: '', time: this.#newest.time });
    const later = this.#waiting.findIndex((line) => timeOf(header, line) >= newest);
    return later === -1 ? this.#waiting.length : later;
  }
}

export async function createStream(
  logs: LogsClient,
  group: string,
  stream: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await logs.createLogStream(group, stream, { signal });
  } catch (error) {
    if (!alreadyExists(error)) throw error;
  }
}
