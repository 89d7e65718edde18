import { AwsClient } from '../platform/aws/aws-client.js';
import type { Credentials } from '../platform/aws/credentials.js';
import type { Trust } from '../platform/aws/trust.js';

/** Where the endpoint is, and as whom it is asked. */
export interface EndpointAccess {
  /** Base URL, for example `http://127.0.0.1:4580`. */
  readonly endpointUrl: string;
  readonly region: string;
  /** Asked before every request, so that they can be renewed. */
  readonly credentials: () => Promise<Credentials>;
  /** PEM certificates to trust beside the usual ones. */
  readonly ca?: Trust;
}

/** One attempt each: whoever asks has its own way of trying again. */
export function endpointClient({ endpointUrl: endpoint, region, credentials, ca }: EndpointAccess): AwsClient {
  return new AwsClient({ endpoint, region, credentials, attempts: 1, ...(ca === undefined ? {} : { ca }) });
}
