import { childOf, textOf, type XmlElement } from '../../platform/aws/outgoing/xml-element.js';
import { s3Error } from './s3-error.js';
import { childrenOf, onlyChildren, requiredText, type XmlValue } from './s3-xml.js';

/** One rule of a bucket's lifecycle: which objects go when. */
export interface LifecycleRule {
  readonly id: string;
  readonly enabled: boolean;
  readonly prefix: string;
  /** Whether the prefix stood in a Filter, as it does today, or beside it. */
  readonly filtered: boolean;
  readonly expirationDays?: number;
  /** ISO 8601; midnight. */
  readonly expirationDate?: string;
  readonly abortDays?: number;
  /** Whether markers go that hide nothing any more. */
  readonly deleteMarkers?: boolean;
  /** Of versions that are not the current one: days since then, and how many of the newest stay all the same. */
  readonly noncurrent?: { readonly days: number; readonly newer?: number };
}

const MAX_RULES = 1000;

/** Header: the least size of objects whose storage class changes. No rule here changes one. */
export const TRANSITION_SIZE = 'x-amz-transition-default-minimum-object-size';
const TRANSITION_SIZES = ['all_storage_classes_128K', 'varies_by_storage_class'];

/** Throws InvalidArgument. */
export function transitionSizeOf(value = 'all_storage_classes_128K'): string {
  if (TRANSITION_SIZES.includes(value)) return value;
  throw s3Error.invalidArgument('', TRANSITION_SIZE, value);
}
const DAY_MS = 86_400_000;

/** What is not carried out is not taken: transitions, filters by tag or size. */
export function readLifecycle(root: XmlElement): readonly LifecycleRule[] {
  const rules = childrenOf(root, 'Rule');
  if (rules.length === 0 || rules.length > MAX_RULES) throw s3Error.malformedXml(`${rules.length} rules`);
  const read = rules.map((rule, index) => readRule(rule, index));
  if (new Set(read.map(({ id }) => id)).size === read.length) return read;
  throw s3Error.invalidArgument('Rule ID must be unique. Found same ID for more than one rule', 'ID', '');
}

function readRule(rule: XmlElement, index: number): LifecycleRule {
  onlyChildren(rule, [
    ...['ID', 'Status', 'Filter', 'Prefix', 'Expiration', 'NoncurrentVersionExpiration'],
    'AbortIncompleteMultipartUpload',
  ]);
  const status = requiredText(rule, 'Status');
  if (status !== 'Enabled' && status !== 'Disabled') throw s3Error.malformedXml(`Status ${status}`);
  const filter = childOf(rule, 'Filter');
  if (filter !== undefined) onlyChildren(filter, ['Prefix']);
  if (filter === undefined && childOf(rule, 'Prefix') === undefined) throw s3Error.malformedXml('no Filter');
  const expiration = childOf(rule, 'Expiration');
  if (expiration !== undefined) onlyChildren(expiration, ['Days', 'Date', 'ExpiredObjectDeleteMarker']);
  const noncurrent = noncurrentOf(childOf(rule, 'NoncurrentVersionExpiration'));
  const marker = textOf(expiration, 'ExpiredObjectDeleteMarker');
  const abort = childOf(rule, 'AbortIncompleteMultipartUpload');
  const days = textOf(expiration, 'Days');
  const date = textOf(expiration, 'Date');
  if (expiration !== undefined && [days, date, marker].filter((one) => one !== undefined).length !== 1) {
    throw s3Error.malformedXml('not exactly one of Days, Date and ExpiredObjectDeleteMarker');
  }
  if (expiration === undefined && abort === undefined && noncurrent === undefined) {
    throw s3Error.invalidRequest('At least one action needs to be specified in a rule');
  }
  return {
    id: textOf(rule, 'ID') || `rule-${index + 1}`,
    enabled: status === 'Enabled',
    prefix: textOf(filter ?? rule, 'Prefix') ?? '',
    filtered: filter !== undefined,
    ...(days !== undefined && { expirationDays: positive(days, 'Days') }),
    ...(date !== undefined && { expirationDate: midnight(date) }),
    ...(abort !== undefined && {
      abortDays: positive(requiredText(abort, 'DaysAfterInitiation'), 'DaysAfterInitiation'),
    }),
    ...(marker !== undefined && { deleteMarkers: marker === 'true' }),
    ...(noncurrent && { noncurrent }),
  };
}

function noncurrentOf(element: XmlElement | undefined): LifecycleRule['noncurrent'] {
  if (element === undefined) return undefined;
  onlyChildren(element, ['NoncurrentDays', 'NewerNoncurrentVersions']);
  const newer = textOf(element, 'NewerNoncurrentVersions');
  return {
    days: positive(requiredText(element, 'NoncurrentDays'), 'NoncurrentDays'),
    ...(newer !== undefined && { newer: positive(newer, 'NewerNoncurrentVersions') }),
  };
}

export function lifecycleXml(rules: readonly LifecycleRule[]): XmlValue {
  return { Rule: rules.map(ruleXml) };
}

function ruleXml(rule: LifecycleRule): XmlValue {
  const { id, enabled, prefix, filtered, expirationDays, expirationDate, abortDays, deleteMarkers, noncurrent } = rule;
  const expires = [expirationDays, expirationDate, deleteMarkers].some((one) => one !== undefined);
  return {
    Expiration: expires
      ? { Date: expirationDate, Days: expirationDays, ExpiredObjectDeleteMarker: deleteMarkers }
      : undefined,
    ID: id,
    ...(filtered ? { Filter: { Prefix: prefix } } : { Prefix: prefix }),
    Status: enabled ? 'Enabled' : 'Disabled',
    NoncurrentVersionExpiration: noncurrent && {
      NoncurrentDays: noncurrent.days,
      NewerNoncurrentVersions: noncurrent.newer,
    },
    AbortIncompleteMultipartUpload: abortDays === undefined ? undefined : { DaysAfterInitiation: abortDays },
  };
}

/** When what was written at `since` has had its days: S3 counts from the midnight (UTC) after it. */
export function endOfDays(since: number, days: number): number {
  return Math.ceil((since + days * DAY_MS) / DAY_MS) * DAY_MS;
}

/** Written before this moment, an object's days are over by `now`. */
export function writtenBefore(now: number, days: number): number {
  return Math.floor(now / DAY_MS) * DAY_MS - days * DAY_MS + 1;
}

function positive(text: string, name: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  throw s3Error.invalidArgument(`'${name}' for Expiration action must be a positive integer`, name, text);
}

function midnight(text: string): string {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw s3Error.malformedXml(`Date ${text}`);
  if (time % DAY_MS !== 0) throw s3Error.invalidArgument("'Date' must be at midnight GMT", 'Date', text);
  return new Date(time).toISOString();
}
