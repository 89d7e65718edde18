import type { OperatorFamily } from './condition-operator.js';
import { parseCidr } from './ip-range.js';

const DECIMAL = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$/;
const DATE = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d))?)?)?$/;
const EPOCH_SECONDS = /^-?[0-9]{5,12}(?:\.[0-9]{1,9})?$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Undefined when it is no number. */
export function numericValue(text: string): number | undefined {
  return DECIMAL.test(text) ? Number(text) : undefined;
}

/** Milliseconds since the epoch. A W3C date of ISO 8601, or seconds since the epoch; undefined when it is neither. */
export function dateValue(text: string): number | undefined {
  if (EPOCH_SECONDS.test(text)) return Number(text) * 1000;
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const part = (index: number, otherwise: number): number => Number(match[index] ?? otherwise);
  const [year, month, day] = [part(1, 0), part(2, 1), part(3, 1)];
  const [hour, minute, second] = [part(4, 0), part(5, 0), part(6, 0)];
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (month < 1 || month > 12 || day < 1 || day > days || hour > 23 || minute > 59 || second > 59) return undefined;
  const zone = /^([+-])(\d\d):?(\d\d)$/.exec(match[8] ?? 'Z');
  const offset = zone === null ? 0 : (zone[1] === '-' ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3]));
  const fraction = Number(`0.${match[7] ?? '0'}`) * 1000;
  return Date.UTC(year, month - 1, day, hour, minute - offset, second) + fraction;
}

/** Undefined when it is neither, in any case. */
export function boolValue(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : undefined;
}

/** What a value of this kind of operator has to look like, when this one does not. */
export function expectedValue(family: OperatorFamily, text: string): string | undefined {
  switch (family) {
    case 'numeric':
      return numericValue(text) === undefined ? 'a number' : undefined;
    case 'date':
      return dateValue(text) === undefined ? 'a date such as 2026-11-25T08:00:00Z, or seconds since 1970' : undefined;
    case 'bool':
    case 'null':
      return boolValue(text) === undefined ? 'true or false' : undefined;
    case 'binary':
      return BASE64.test(text) ? undefined : 'base64';
    case 'ip':
      return parseCidr(text) === undefined ? 'an IP address or a range such as 203.0.113.0/24' : undefined;
    case 'string':
    case 'arn':
      return undefined;
  }
}
