import type { HandshakeOutcome, StreamsRequest } from '../../core/channel/channel-api.js';
import { encodeExitCode } from '../../core/protocol/exit-code.js';
import { PayloadType } from '../../core/protocol/payload-type.js';
import type { SessionDocument } from '../../core/protocol/session-document.js';
import type { Container, EnteredProcess, Exit, ProcessUsage } from '../../platform/runtime/runtime.js';
import type { AgentHost } from '../agent-host.js';
import { AGENT_VERSION } from '../agent-version.js';
import { sleep, within } from '../clock.js';
import { causeOf } from '../log.js';
import { DataLink } from './data-link.js';
import { hangUp } from './hang-up.js';
import { OutputPump } from './output-pump.js';
import { sessionArgv, sessionEnvironment } from './session-command.js';
import {
  agentReplaced,
  channelNotSetUp,
  commandNotStarted,
  containerStopped,
  keyServiceMissing,
  recordRefused,
  SessionFailure,
} from './session-failure.js';
import type { SessionEnd } from './session-end.js';
import { SessionInput, type InputRecorder } from './session-input.js';
import { SessionRecording } from './session-recording.js';
import { SessionUsage } from './session-usage.js';
import { unlessAborted } from './unless-aborted.js';
import { DEFAULT_WINDOW_SIZE, requestedWindowSize, type WindowSize } from './window-size.js';

/** Payload of one message under load, toward the official client and toward ours (wire-protocol 13). */
export const MAX_OFFICIAL_FRAME_BYTES = 32_768;
export const MAX_GANGWAY_FRAME_BYTES = 65_536;
/** After the end of its output, a command that has let go of its terminal is waited for this long. */
export const EXIT_WAIT_MS = 2_000;
/** How long a command killed with SIGKILL may turn out to have died with its container. */
export const CONTAINER_END_MS = 500;
/** Exit code of a process that was killed with SIGKILL. */
const KILLED = 128 + 9;

/** What the record says of a session that was ended from outside; its completion says nothing. */
const TERMINATED = 'The session was terminated.';

export interface SessionOptions {
  readonly host: AgentHost;
  readonly document: SessionDocument;
  readonly target: string;
  readonly taskArn: string;
  readonly containerName: string;
  readonly container: Container;
  /** As the task definition has it. */
  readonly containerEnvironment: Readonly<Record<string, string>>;
  /** Told now and then what the session's command uses, and at its end what it has used. */
  readonly used?: (usage: ProcessUsage) => void;
}

/** The session was ended from outside: by the service or by the client's own wish. */
class SessionTerminated extends Error {}

/** One command in a container, for one client, from the document to the completion. */
export class Session {
  readonly #options: SessionOptions;
  readonly #link: DataLink;
  readonly #input: SessionInput;
  readonly #abort = new AbortController();
  readonly #containerGone = new AbortController();
  #ready: (outcome: HandshakeOutcome) => void = () => undefined;
  #streams: StreamsRequest | undefined;
  /** The command, from the moment it is being started. */
  #entering: Promise<EnteredProcess> | undefined;
  #pump: OutputPump | undefined;
  #usage: SessionUsage | undefined;
  #exit: Exit | undefined;
  readonly #recording: SessionRecording;
  /** The command has ended by itself. */
  #finishing = false;
  /** It was ended from outside. */
  #terminated = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { host, document, target } = options;
    this.#link = new DataLink({
      host,
      sessionId: document.sessionId,
      target,
      events: {
        connected: () => this.#connected(),
        ready: (outcome) => this.#handshakeDone(outcome),
        data: (payloadType, payload) => this.#input.data(payloadType, payload),
        writable: () => this.#pump?.resume(),
        drained: () => undefined,
        failed: (message) => this.#abort.abort(new SessionFailure(message)),
        dropped: (reason) => host.log.debug({ sessionId: document.sessionId, reason }, 'message dropped'),
        channelClosed: () => this.terminate(),
        refused: (error) => this.#abort.abort(channelNotSetUp(document.sessionId, error)),
      },
    });
    this.#input = new SessionInput(this.#link.channel, () => this.terminate());
    this.#recording = new SessionRecording(options);
  }

  /** Runs the session. Never rejects. Nothing of it is left in the container when it resolves. */
  async run(): Promise<SessionEnd> {
    let end = await this.#attempt();
    this.#pump?.stop();
    this.#link.close();
    const process = await this.#entering?.catch(() => undefined);
    try {
      if (process !== undefined) await hangUp(process, this.#options.host.clock, this.#exit !== undefined);
    } catch (error) {
      this.#log('warn', 'command not hung up on', error);
    }
    const usage = await this.#usage?.end();
    const used = usage === undefined ? {} : { usage };
    try {
      const reason = this.#terminated ? TERMINATED : end.output;
      await this.#recording.close({ exitCode: this.#exit?.code ?? null, reason, ...used });
    } catch (error) {
      end = { status: 'Failed', output: recordRefused(error).output };
    }
    return { ...end, ...used };
  }

  /** CPU and memory of its command, as they were seen last; undefined: not yet, or this machine cannot tell. */
  get usage(): ProcessUsage | undefined {
    return this.#usage?.latest;
  }

  /** The service, or the client itself, has ended the session: the command is hung up on. */
  terminate(): void {
    this.#abort.abort(new SessionTerminated());
  }

  /** The host's agent goes; the container stays. */
  agentLeaves(): void {
    if (!this.#finishing) this.#abort.abort(agentReplaced());
  }

  /** The container is gone, and the command with it. What it still wrote is sent first. */
  containerStopped(): void {
    this.#containerGone.abort();
    if (this.#finishing) return;
    if (this.#entering === undefined) this.#abort.abort(containerStopped());
    else this.#options.host.clock.after(CONTAINER_END_MS, () => this.#abort.abort(containerStopped()));
  }

  async #attempt(): Promise<SessionEnd> {
    const { signal } = this.#abort;
    try {
      await unlessAborted(signal, this.#shakeHands());
      await unlessAborted(signal, this.#execute());
      await unlessAborted(signal, this.#finish());
      return { status: 'Success', output: '' };
    } catch (error) {
      this.#terminated = error instanceof SessionTerminated;
      if (this.#terminated) return { status: 'Success', output: '' };
      return this.#fail(error instanceof SessionFailure ? error : new SessionFailure(causeOf(error), { cause: error }));
    }
  }

  async #shakeHands(): Promise<void> {
    const ready = new Promise<HandshakeOutcome>((resolve) => (this.#ready = resolve));
    this.#link.open();
    const { streams } = await ready;
    this.#streams = streams;
  }

  #connected(): void {
    const { host, document } = this.#options;
    const { kmsKeyId } = document.inputs;
    const { channel } = this.#link;
    channel.sessionState('Connected');
    if (kmsKeyId !== '' && host.keyService === undefined) {
      this.#abort.abort(keyServiceMissing());
      return;
    }
    channel.startHandshake({
      agentVersion: AGENT_VERSION,
      sessionType: document.sessionType,
      offerStreams: true,
      ...(kmsKeyId === '' ? {} : { kmsKeyId }),
    });
  }

  #handshakeDone(outcome: HandshakeOutcome): void {
    // Without a terminal, or with its size known, nothing from the client is wanted before the command runs.
    const { streams } = outcome;
    if (streams?.mode === 'pipes' || requestedWindowSize(streams) !== undefined) this.#input.hold();
    this.#ready(outcome);
  }

  async #execute(): Promise<void> {
    const { host, document, container, containerEnvironment } = this.#options;
    const argv = sessionArgv(document);
    const terminal = await this.#terminal();
    await this.#recording.open(this.#streams, terminal);
    const environment = sessionEnvironment(this.#streams, containerEnvironment, document.freedom);
    this.#abort.signal.throwIfAborted();
    // `freedom` is the endpoint's to grant: what it did not grant is not there.
    const { user, toolbox } = document.freedom ?? {};
    this.#entering = container.enter({
      argv,
      environment,
      ...(terminal && { terminal }),
      ...(user !== undefined && { user }),
      ...(toolbox && { toolbox }),
    });
    const process = await this.#entering.catch((error: unknown) => {
      this.#entering = undefined;
      throw commandNotStarted(error);
    });
    const exited = process.exited.then((exit) => (this.#exit = exit));
    this.#usage = new SessionUsage(process, host.clock, (usage) => this.#options.used?.(usage));
    this.#abort.signal.throwIfAborted();
    this.#input.bind(process, this.#inputRecorder());
    await this.#pumpOutput(process);
    await (this.#streams?.mode === 'pipes' ? exited : within(host.clock, EXIT_WAIT_MS, exited, undefined));
    await this.#checkContainer();
  }

  async #terminal(): Promise<WindowSize | undefined> {
    if (this.#streams?.mode === 'pipes') return undefined;
    const requested = requestedWindowSize(this.#streams);
    return requested ?? (await this.#input.firstSize(this.#options.host.clock)) ?? DEFAULT_WINDOW_SIZE;
  }

  #inputRecorder(): InputRecorder | undefined {
    const { recorder, inputWanted } = this.#recording;
    const refused = (error: unknown): void => this.#abort.abort(recordRefused(error));
    return recorder && { recorder, input: inputWanted && this.#streams?.mode !== 'pipes', refused };
  }

  /** Resolves when all output has been handed to the channel: at the end of the terminal, or of both pipes (T25). */
  #pumpOutput(process: EnteredProcess): Promise<void> {
    const { recorder } = this.#recording;
    return new Promise((resolve, reject) => {
      this.#pump = new OutputPump({
        channel: this.#link,
        clock: this.#options.host.clock,
        maxFrameBytes: this.#streams === undefined ? MAX_OFFICIAL_FRAME_BYTES : MAX_GANGWAY_FRAME_BYTES,
        ended: resolve,
        refused: (error) => reject(recordRefused(error)),
        ...(recorder === undefined ? {} : { recorder }),
      });
      this.#pump.add(PayloadType.Output, process.stdout);
      if (this.#streams?.mode === 'pipes') this.#pump.add(PayloadType.StdErr, process.stderr);
      else process.stderr.on('error', () => undefined).resume();
    });
  }

  /** A container's end kills what runs in it a moment before it is known to have ended. */
  async #checkContainer(): Promise<void> {
    const { signal } = this.#containerGone;
    if (this.#exit?.code === KILLED) await sleep(this.#options.host.clock, CONTAINER_END_MS, signal);
    if (signal.aborted) throw containerStopped();
    this.#finishing = true;
  }

  /** All output, then the exit status, then Terminating. */
  async #finish(): Promise<void> {
    if (this.#streams !== undefined) this.#link.write(PayloadType.ExitCode, encodeExitCode(this.#exit?.code ?? 0));
    await this.#drain();
    this.#link.channel.sessionState('Terminating');
  }

  /** No Terminating: the completion brings the text (wire-protocol 1.9). Our own client learns a status before it. */
  async #fail(failure: SessionFailure): Promise<SessionEnd> {
    this.#log('warn', 'session failed', failure);
    const status = failure.ofCommand ? (this.#exit?.code ?? failure.exitStatus) : failure.exitStatus;
    try {
      if (this.#streams !== undefined && status !== undefined) {
        const lineEnd = this.#streams.mode === 'pipes' ? '\n' : '\r\n';
        // A command that was running has left the cursor of its terminal somewhere.
        const start = this.#entering === undefined || this.#streams.mode === 'pipes' ? '' : lineEnd;
        this.#link.write(PayloadType.StdErr, Buffer.from(`${start}${failure.message}${lineEnd}`));
        this.#link.write(PayloadType.ExitCode, encodeExitCode(status));
        await this.#drain();
      }
    } catch (error) {
      // The channel itself has failed: the completion is all that the client will learn.
      this.#log('debug', 'failure not told on the data channel', error);
    }
    return { status: 'Failed', output: failure.output };
  }

  async #drain(): Promise<void> {
    if (!(await this.#link.drain())) this.#log('info', 'the client has stopped acknowledging: its end may be cut off');
  }

  #log(level: 'debug' | 'info' | 'warn', message: string, error?: unknown): void {
    const { sessionId } = this.#options.document;
    this.#options.host.log[level](error === undefined ? { sessionId } : { sessionId, cause: causeOf(error) }, message);
  }
}
