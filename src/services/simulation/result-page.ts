import { setImmediate } from 'node:timers/promises';
import type { EvaluationResult } from '@aws-sdk/client-iam';
import { DEFAULT_MAX_ITEMS } from '../iam/page.js';
import { validationError } from '../iam/iam-error.js';
import type { SimulationInput } from './simulation-input.js';

/**
 * Characters of results after which a page ends early, as the model allows: a short request can ask for results that
 * repeat its longest texts a thousand times.
 */
export const MAX_PAGE_CHARACTERS = 1024 * 1024;

/** Results between two pauses, in which other requests get their turn. */
const BETWEEN_PAUSES = 20;

export interface ResultPage {
  readonly EvaluationResults: readonly EvaluationResult[];
  readonly IsTruncated: boolean;
  readonly Marker?: string;
}

/** The results after the marker, of `count`; only those that are given are worked out. */
export async function resultPage(
  count: number,
  result: (index: number) => EvaluationResult,
  { Marker, MaxItems = DEFAULT_MAX_ITEMS }: Pick<SimulationInput, 'Marker' | 'MaxItems'>,
): Promise<ResultPage> {
  const first = Marker === undefined ? 0 : readMarker(Marker, count);
  const results: EvaluationResult[] = [];
  let size = 0;
  let next = first;
  while (next < count && results.length < MaxItems && size < MAX_PAGE_CHARACTERS) {
    const one = result(next);
    results.push(one);
    size += JSON.stringify(one).length;
    next += 1;
    if (results.length % BETWEEN_PAUSES === 0) await setImmediate();
  }
  if (next >= count) return { EvaluationResults: results, IsTruncated: false };
  return { EvaluationResults: results, IsTruncated: true, Marker: Buffer.from(`result ${next}`).toString('base64url') };
}

function readMarker(marker: string, count: number): number {
  const text = Buffer.from(marker, 'base64url').toString('latin1');
  const [, index] = /^result ([1-9]\d{0,14})$/.exec(text) ?? [];
  if (index === undefined || Number(index) >= count) throw validationError('Invalid Marker.');
  return Number(index);
}
