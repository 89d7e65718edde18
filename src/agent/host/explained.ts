import { AwsError } from '../../platform/aws/aws-error.js';

/** What the operator can do about a refusal, by its code, since AWS answers with little more; any other as it is. */
export function explained(error: unknown, remedies: Readonly<Record<string, string>>): unknown {
  if (!(error instanceof AwsError)) return error;
  const { code } = error;
  return Object.hasOwn(remedies, code) ? new Error(`${code}: ${remedies[code] ?? ''}`, { cause: error }) : error;
}
