import type { RecordingSettings, SessionInputs } from '../../core/protocol/session-document.js';
import type { RecordingEvent, RecordingHeader } from '../../core/recording/recording-format.js';
import type { Credentials } from '../../platform/aws/credentials.js';

/** Credentials of the task's role; undefined: the task has none, and what is delivered is delivered as the host. */
export type Role = (() => Promise<Credentials>) | undefined;

/** Where a session's record is to go; kept beside its spool, so that a later process can go on with it. */
export interface DeliveryOrder {
  readonly sessionId: string;
  readonly taskArn: string;
  readonly owner: string;
  readonly inputs: SessionInputs;
  readonly settings: RecordingSettings;
}

/** A record that is on this host, whole or still growing. */
export interface SpooledRecording {
  readonly order: DeliveryOrder;
  readonly header: RecordingHeader;
  /** From the beginning; ends with the end event, or, of a live session, at what is there now. */
  events(): AsyncIterable<RecordingEvent>;
}

/**
 * Brings copies of records to the places that clusters name. Implemented by `delivery/`, used by the recorder. None of
 * these may hold a session up.
 */
export interface Deliverer {
  /**
   * The checks before a session begins (wire-protocol 7.4). Rejects with a SessionFailure: AWS's text where AWS would
   * refuse too, and its own where only a required record is at stake. A target that does not answer is no reason: the
   * spool waits for it.
   */
  check(order: DeliveryOrder, role: Role): Promise<void>;
  /** Live events of a session that asks for them; called with each event in order. Never throws. */
  live?(order: DeliveryOrder, header: RecordingHeader, role: Role): LiveDelivery;
  /**
   * Delivers a whole record to all its places, trying again without end; resolves when all confirm it, or when a place
   * can never take it (which is reported). `role` rejects when the task's credentials are gone; the deliverer then asks
   * the endpoint for others.
   */
  deliver(recording: SpooledRecording, role: Role, signal: AbortSignal): Promise<void>;
}

export interface LiveDelivery {
  event(event: RecordingEvent): void;
  /** Sends what waits. */
  close(): Promise<void>;
}
