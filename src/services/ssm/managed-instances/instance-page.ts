import { ssmError } from '../ssm-error.js';

/** What a page ended with; the empty string for the first. A token is good only for the question that it came from. */
export function readToken(question: unknown, token: string | undefined): string {
  if (token === undefined || token === '') return '';
  try {
    const read: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (Array.isArray(read) && typeof read[0] === 'string' && read[1] === nameOf(question)) return read[0];
  } catch {
    // Not one of ours.
  }
  throw ssmError.invalidNextToken();
}

/** As many as asked for, and the token of the next page where there is one. */
export function cutPage<T extends { readonly id: string }>(
  question: unknown,
  items: readonly T[],
  most: number,
): { readonly items: readonly T[]; readonly token?: { readonly NextToken: string } } {
  const last = items[most - 1];
  if (items.length <= most || last === undefined) return { items };
  const token = Buffer.from(JSON.stringify([last.id, nameOf(question)])).toString('base64url');
  return { items: items.slice(0, most), token: { NextToken: token } };
}

function nameOf(question: unknown): string {
  return JSON.stringify(question ?? null);
}
