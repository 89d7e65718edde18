import { AwsClient } from '../../platform/aws/aws-client.js';
import type { Credentials } from '../../platform/aws/credentials.js';
import { Secret } from '../../platform/aws/secret.js';
import { signInstanceRequest } from '../../platform/aws/sign-request.js';
import { explained } from './explained.js';
import { type Endpoint, type ManagedIdentity, SSM_TARGET_PREFIX } from './managed-identity.js';

/** The role of a managed instance, as it is now. Rejects with what an operator can do where the endpoint refuses. */
export function managedCredentials(endpoint: Endpoint, identity: ManagedIdentity): () => Promise<Credentials> {
  const { instanceId, privateKey, fingerprint } = identity;
  const client = new AwsClient({
    endpoint: endpoint.endpointUrl,
    region: endpoint.region,
    signer: (request) => Promise.resolve(signInstanceRequest({ ...request, instanceId, privateKey })),
    ...(endpoint.ca !== undefined && { ca: endpoint.ca }),
  });
  return async () => {
    const answer = await client
      .json('ssm', SSM_TARGET_PREFIX, 'RequestManagedInstanceRoleToken', { Fingerprint: fingerprint })
      .catch((error: unknown) => {
        throw explained(error, remedies(instanceId));
      });
    return credentialsOf(answer);
  };
}

function credentialsOf(answer: unknown): Credentials {
  const { AccessKeyId, SecretAccessKey, SessionToken, TokenExpirationDate } = answer as Record<string, unknown>;
  if (
    typeof AccessKeyId !== 'string' ||
    typeof SecretAccessKey !== 'string' ||
    typeof SessionToken !== 'string' ||
    typeof TokenExpirationDate !== 'number'
  ) {
    throw new Error('RequestManagedInstanceRoleToken answered without credentials');
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: new Secret(SecretAccessKey),
    sessionToken: new Secret(SessionToken),
    expires: TokenExpirationDate * 1000,
  };
}

function remedies(instanceId: string): Readonly<Record<string, string>> {
  return {
    InvalidInstanceId: `${instanceId} has been deregistered: join with a new activation and an empty data directory`,
    MachineFingerprintDoesNotMatch: `${instanceId} is another machine: its data directory was copied to this one; join with an activation of its own`,
    AccessDeniedException: `the role of ${instanceId} cannot be taken: it must be there and trust ssm.amazonaws.com`,
  };
}
