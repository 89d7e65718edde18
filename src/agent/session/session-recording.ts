import type { StreamsRequest } from '../../core/channel/channel-api.js';
import { DEFAULT_RECORDING } from '../../core/protocol/session-document.js';
import { causeOf } from '../log.js';
import type { RecordedEnd, Recorder } from '../recorder.js';
import { checkLogDestinations } from './log-destinations.js';
import { sessionEnvironment } from './session-command.js';

import type { SessionOptions } from './session.js';
import { recordNotOpened, SessionFailure } from './session-failure.js';
import type { WindowSize } from './window-size.js';

/** Of a session that nobody wanted any more when its record was there. */
export const NEVER_BEGUN = 'The session has ended before its command was started.';

/** The record of one session: opened once, closed once, whatever happens to the session meanwhile. */
export class SessionRecording {
  readonly #options: SessionOptions;
  #recorder: Recorder | undefined;
  #opening: Promise<Recorder | undefined> | undefined;
  #closed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Undefined: not open, or not wanted. */
  get recorder(): Recorder | undefined {
    return this.#recorder;
  }

  /** Where input is recorded too. */
  get inputWanted(): boolean {
    return this.#recorder !== undefined && (this.#options.document.recording ?? DEFAULT_RECORDING).input;
  }

  /** Before the command runs: the terminal's size is known. Rejects with a {@link SessionFailure}. */
  async open(streams: StreamsRequest | undefined, terminal: WindowSize | undefined): Promise<void> {
    const { host, document } = this.#options;
    if (host.openRecorder === undefined) {
      checkLogDestinations(document.sessionId, document.inputs, host.log);
      return;
    }
    this.#opening = this.#open(host.openRecorder, streams, terminal);
    try {
      this.#recorder = await this.#opening;
    } catch (error) {
      throw error instanceof SessionFailure ? error : recordNotOpened(error);
    } finally {
      this.#opening = undefined;
    }
  }

  /** Does not wait for one that is still being opened: it is closed when it is there. */
  async close(end: RecordedEnd): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { host, document } = this.#options;
    this.#opening
      ?.then((late) => late?.close({ exitCode: null, reason: end.reason === '' ? NEVER_BEGUN : end.reason }))
      .catch((error: unknown) => {
        host.log.warn(
          { sessionId: document.sessionId, cause: causeOf(error) },
          'a record that came late is not closed',
        );
      });
    await this.#recorder?.close(end);
  }

  async #open(
    openRecorder: NonNullable<SessionOptions['host']['openRecorder']>,
    streams: StreamsRequest | undefined,
    terminal: WindowSize | undefined,
  ): Promise<Recorder | undefined> {
    const { host, document, target, taskArn, containerName } = this.#options;
    const { sessionId, sessionOwner: owner, inputs, commands: command, recording: settings, freedom } = document;
    const { TERM: term = '' } = sessionEnvironment(streams, {});
    return openRecorder({
      header: {
        sessionId,
        target,
        taskArn,
        containerName,
        owner,
        sourceIp: settings?.sourceIp ?? '',
        command,
        startedAt: host.clock.now(),
        terminal: terminal === undefined ? null : { ...terminal, term },
        ...(freedom && { freedom }),
      },
      inputs,
      settings: settings ?? DEFAULT_RECORDING,
      ...(host.roleCredentials && { role: host.roleCredentials }),
    });
  }
}
