import { createHash } from 'node:crypto';

/** An id of something of the VPC that nobody made: always the same one. */
export function networkId(prefix: string, vpcId: string, what: string): string {
  return `${prefix}-0${createHash('sha256').update(`${vpcId}/${what}`).digest('hex').slice(0, 16)}`;
}
