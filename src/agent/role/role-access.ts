import type { KeyService } from '../../core/channel/channel-api.js';
import type { Credentials } from '../../platform/aws/credentials.js';
import { createKmsClient } from '../../platform/aws/kms-client.js';
import type { AgentApi } from '../agent-api.js';
import { createEndpointApi, type EndpointApiOptions } from '../endpoint-api.js';

/** The endpoint and KMS, as somebody reaches them. */
export interface Access {
  readonly api: AgentApi;
  readonly keyService: KeyService;
  readonly roleCredentials: () => Promise<Credentials>;
}

/** Makes the access of whoever these credentials belong to: a task's role. */
export type AccessAs = (credentials: () => Promise<Credentials>) => Access;

/** Which KMS a host asks. */
export interface HostKms {
  /** Base URL, or `aws`. */
  readonly endpointUrl: string;
  /** For a KMS that does not know the roles' credentials. Default: the task role's, as on AWS. */
  readonly credentials?: () => Promise<Credentials>;
}

export interface RoleAccessOptions extends Omit<EndpointApiOptions, 'credentials'> {
  /** Default: the endpoint's own. */
  readonly kms?: HostKms;
}

/** The same endpoint for every task, signed for each with its own role. */
export function createRoleAccess(options: RoleAccessOptions): AccessAs {
  const { kms, ...endpoint } = options;
  const { endpointUrl, region, ca } = endpoint;
  return (credentials) => ({
    api: createEndpointApi({ ...endpoint, credentials }),
    roleCredentials: credentials,
    keyService: createKmsClient({
      endpointUrl: kms?.endpointUrl ?? endpointUrl,
      region,
      credentials: kms?.credentials ?? credentials,
      ...(ca !== undefined && { ca }),
    }),
  });
}
