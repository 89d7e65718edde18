import type { Credentials } from '../../platform/aws/credentials.js';

/** Where a service that takes copies of records is. */
export interface DeliveryTarget {
  /** Base URL, or `aws` for AWS's own of the region. */
  readonly endpointUrl: string;
  /** Default: the task role's, as on AWS. For a service that does not know them. */
  readonly credentials?: () => Promise<Credentials>;
}

/** Each set on its own; absent: the endpoint itself. */
export interface DeliveryTargets {
  readonly logs?: DeliveryTarget;
  readonly s3?: DeliveryTarget;
}
