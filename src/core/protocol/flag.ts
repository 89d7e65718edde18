import { PayloadError } from './payload-error.js';

/** Payload type 10: a big-endian uint32 (wire-protocol 6.2). */
export const Flag = Object.freeze({
  /** Client, basic port form: the agent closes its TCP connection. */
  DisconnectToPort: 1,
  /** Client: the agent ends the session. */
  TerminateSession: 2,
  /** Agent, mux form: the destination did not answer. */
  ConnectToPortError: 3,
} as const);

export type Flag = (typeof Flag)[keyof typeof Flag];

/** 'GW' in the upper half keeps our own flags away from any number AWS may yet use. */
const GANGWAY_FLAGS = 0x4757_0000;
const SIGNALS = 0x0100;
const MAX_SIGNAL = 64;

/** Our own flags, client to agent. Only for a peer that has negotiated `GangwayStreams`. */
export const GangwayFlag = Object.freeze({
  /** The caller's standard input has ended; more Output from this client is an error. */
  StdinEof: GANGWAY_FLAGS + 1,
} as const);

export type GangwayFlag = (typeof GangwayFlag)[keyof typeof GangwayFlag];

const LENGTH = 4;

export function encodeFlag(value: number): Uint8Array {
  const payload = new Uint8Array(LENGTH);
  new DataView(payload.buffer).setUint32(0, value);
  return payload;
}

/** Throws a PayloadError when there are not exactly four bytes. */
export function decodeFlag(payload: Uint8Array): number {
  if (payload.length !== LENGTH) throw new PayloadError('Flag', `has ${payload.length} bytes, not ${LENGTH}`);
  return new DataView(payload.buffer, payload.byteOffset, LENGTH).getUint32(0);
}

/** Whether the flag is ours and must not be sent to a peer without `GangwayStreams`. */
export function isGangwayFlag(value: number): boolean {
  return value >= GANGWAY_FLAGS && value <= GANGWAY_FLAGS + 0xffff;
}

/** The flag that forwards a signal, 1 to 64 as Linux numbers them. Throws a RangeError for any other. */
export function signalFlag(signal: number): number {
  if (!Number.isInteger(signal) || signal < 1 || signal > MAX_SIGNAL) throw new RangeError(`no signal ${signal}`);
  return GANGWAY_FLAGS + SIGNALS + signal;
}

/** The signal that a flag forwards; undefined for every other flag. */
export function signalOfFlag(value: number): number | undefined {
  const signal = value - GANGWAY_FLAGS - SIGNALS;
  return signal >= 1 && signal <= MAX_SIGNAL ? signal : undefined;
}
