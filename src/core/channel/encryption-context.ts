/**
 * What KMS binds the data key to (wire-protocol 4.5). Both ends must name the target byte for byte alike (T21). The
 * challenge is part of it only when the client says that it took it up.
 */
export function encryptionContext(
  sessionId: string,
  targetId: string,
  randomChallenge: string | undefined,
): Record<string, string> {
  return {
    'aws:ssm:SessionId': sessionId,
    'aws:ssm:TargetId': targetId,
    ...(randomChallenge === undefined ? {} : { 'aws:ssm:RandomChallenge': randomChallenge }),
  };
}
