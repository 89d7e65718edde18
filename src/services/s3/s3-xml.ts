import { element, text } from '../../platform/aws/model/encode-xml.js';
import { childOf, parseXml, type XmlElement } from '../../platform/aws/outgoing/xml-element.js';
import type { StreamedResponse } from '../../platform/aws/streamed-service.js';
import { s3Error } from './s3-error.js';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** Names in the order in which they are written; undefined is left out, lists repeat their element. */
export type XmlValue =
  string | number | boolean | Date | undefined | readonly XmlValue[] | { readonly [name: string]: XmlValue };

/** A whole document of S3. */
export function xmlDocument(root: string, value: XmlValue): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${inner(value)}</${root}>`;
}

export function xmlAnswer(
  root: string,
  value: XmlValue,
  headers: Readonly<Record<string, string>> = {},
): StreamedResponse {
  return { status: 200, headers: { 'content-type': 'application/xml', ...headers }, body: xmlDocument(root, value) };
}

export const EMPTY: StreamedResponse = Object.freeze({ status: 200, headers: {}, body: '' });
export const NO_CONTENT: StreamedResponse = Object.freeze({ status: 204, headers: {}, body: '' });

function inner(value: XmlValue): string {
  if (value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object') return text(value);
  if (isList(value)) return value.map(inner).join('');
  return Object.entries(value)
    .flatMap(([name, item]) => {
      if (item === undefined) return [];
      return isList(item) ? item.map((one) => element(name, inner(one))) : [element(name, inner(item))];
    })
    .join('');
}

function isList(value: XmlValue): value is readonly XmlValue[] {
  return Array.isArray(value);
}

/** The root of a request's document. Throws MalformedXML. */
export function readXml(bytes: Uint8Array, root: string): XmlElement {
  let source: string;
  try {
    source = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw s3Error.malformedXml('not UTF-8');
  }
  const parsed = parseXml(source);
  if (parsed?.name !== root)
    throw s3Error.malformedXml(parsed === undefined ? 'not XML' : `the root is ${parsed.name}`);
  return parsed;
}

export function childrenOf(parent: XmlElement | undefined, name: string): readonly XmlElement[] {
  return (parent?.children ?? []).filter((child) => child.name === name);
}

/** Text of a child. Throws MalformedXML when there is none. */
export function requiredText(parent: XmlElement, name: string): string {
  const found = childOf(parent, name);
  if (found === undefined || found.children.length > 0) throw s3Error.malformedXml(`no ${name} in ${parent.name}`);
  return found.text;
}

/** Refuses what is not understood: to take it and not to do it would be worse. */
export function onlyChildren(parent: XmlElement, names: readonly string[]): void {
  const other = parent.children.find(({ name }) => !names.includes(name));
  if (other !== undefined) throw s3Error.notImplemented(other.name, `${other.name} in ${parent.name}`);
}
