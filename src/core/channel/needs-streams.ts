import { decodeFlag, isGangwayFlag } from '../protocol/flag.js';
import { PayloadType } from '../protocol/payload-type.js';

const FLAG_BYTES = 4;

/** Whether only a peer that speaks `GangwayStreams` may see this: an official client prints what it does not know. */
export function needsStreams(payloadType: number, payload: Uint8Array): boolean {
  if (payloadType === PayloadType.StdErr || payloadType === PayloadType.ExitCode) return true;
  return payloadType === PayloadType.Flag && payload.length === FLAG_BYTES && isGangwayFlag(decodeFlag(payload));
}
