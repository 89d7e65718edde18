import type { Authorization } from '../../platform/aws/access.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { SessionKeyRequest, SessionKeys } from '../ecs/ports.js';
import { KeyAccess } from './key-access.js';
import { KeyCipher } from './key-cipher.js';
import type { KmsParts } from './kms-parts.js';

/**
 * The key of a session before it begins (ecs-api 4.3, row 12). Whether it is there and enabled is always looked at.
 * The caller's right to it is asked for only where an authorization is given: AWS leaves that to the client's own call
 * of GenerateDataKey, whose refusal the user reads during the handshake (wire-protocol 9).
 */
export function sessionKeys(parts: KmsParts, authorization: Authorization | undefined): SessionKeys {
  const access = new KeyAccess(parts);
  const cipher = new KeyCipher(parts);
  return {
    async require({ kmsKeyId, encryptionContext, context }: SessionKeyRequest): Promise<void> {
      try {
        const questions = await access.withContext('kms:GenerateDataKey', kmsKeyId, encryptionContext, context);
        for (const question of questions) await authorization?.require(question, context);
        await cipher.requireUsable(kmsKeyId);
      } catch (error) {
        throw error instanceof AwsError ? asEcsError(error) : error;
      }
    },
  };
}

/** ECS has no exceptions of KMS: what is wrong with the key is wrong with the cluster's configuration. */
function asEcsError(error: AwsError): AwsError {
  if (error.code === 'AccessDeniedException') return error;
  return new AwsError('InvalidParameterException', error.message, { reason: `KMS: ${error.code}`, cause: error });
}
