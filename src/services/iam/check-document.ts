import { requirePolicy } from '../../core/policy/parse-policy.js';
import { MalformedPolicy } from '../../core/policy/policy-problem.js';
import { malformedPolicyDocument } from './iam-error.js';

/** What a document is to be used for: a trust policy has principals and no resources. */
export type DocumentKind = 'identity' | 'trust';

/** Throws MalformedPolicyDocument in AWS's words; the operator's reason names every place. */
export function checkDocument(kind: DocumentKind, text: string): void {
  try {
    requirePolicy(text, kind);
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    const places = error.problems.map(({ path, line, column, message }) => `${line}:${column} ${path} ${message}`);
    throw malformedPolicyDocument(error.message, places.join('; '));
  }
}
