/** PayloadType of a stream message (wire-protocol 2.1); 0 in every other message. */
export const PayloadType = Object.freeze({
  None: 0,
  Output: 1,
  Error: 2,
  Size: 3,
  Parameter: 4,
  HandshakeRequest: 5,
  HandshakeResponse: 6,
  HandshakeComplete: 7,
  EncChallengeRequest: 8,
  EncChallengeResponse: 9,
  Flag: 10,
  StdErr: 11,
  ExitCode: 12,
} as const);

export type PayloadType = (typeof PayloadType)[keyof typeof PayloadType];
