import { malformedPolicyDocument } from './iam-error.js';

/** What a document is to be used for: a trust policy has principals and no resources. */
export type DocumentKind = 'identity' | 'trust';

/** Throws MalformedPolicyDocument, naming the place. */
export function checkDocument(kind: DocumentKind, text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformedPolicyDocument(kind === 'trust' ? 'This policy contains invalid Json' : 'Syntax errors in policy.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformedPolicyDocument('Syntax errors in policy.');
  }
}
