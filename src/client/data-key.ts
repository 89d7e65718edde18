import type { KeyService } from '../core/channel/channel-api.js';

/** Encryption context member that binds a data key to its container (wire-protocol 4.5, T21). */
const TARGET_ID = 'aws:ssm:TargetId';

/**
 * Completes the encryption context with the session's target. The target contains the container's runtime id, which
 * takes a DescribeTasks to find out: only a session that is encrypted pays for it.
 */
export function withLazyTarget(keys: KeyService, target: () => Promise<string>): KeyService {
  return {
    async generateDataKey(request) {
      const encryptionContext = { ...request.encryptionContext, [TARGET_ID]: await target() };
      return keys.generateDataKey({ ...request, encryptionContext });
    },
    async decrypt(request) {
      const encryptionContext = { ...request.encryptionContext, [TARGET_ID]: await target() };
      return keys.decrypt({ ...request, encryptionContext });
    },
  };
}
