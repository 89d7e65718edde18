import { createHash } from 'node:crypto';

/** The account as S3's lists of owners name it: 64 hexadecimal digits that say nothing else. */
export function ownerId(accountId: string): string {
  return createHash('sha256').update(`canonical user id of ${accountId}`).digest('hex');
}
