import { shapeOf } from './shape.js';
import type { Shape, Target } from './shape.js';

/** The members of an output structure as XML elements, without an element around them. */
export function encodeXml(schema: unknown, value: unknown): string {
  return content(shapeOf(schema), value ?? {});
}

function content(shape: Shape, value: unknown): string {
  switch (shape.kind) {
    case 'structure':
      return shape.members
        .map((member) => {
          const item = (value as Record<string, unknown>)[member.name];
          return item === undefined || item === null ? '' : placed(member, member.xmlName ?? member.name, item);
        })
        .join('');
    case 'list':
      return items(shape.member, shape.member.xmlName ?? 'member', value as readonly unknown[]);
    case 'map':
      return entries(shape.value, 'entry', value as object);
    case 'timestamp':
      return value instanceof Date ? isoSeconds(value) : text(value);
    case 'blob':
      return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : text(value);
    default:
      return text(value);
  }
}

function placed(target: Target, name: string, value: unknown): string {
  const { shape } = target;
  if (target.flattened && shape.kind === 'list') return items(shape.member, name, value as readonly unknown[]);
  if (target.flattened && shape.kind === 'map') return entries(shape.value, name, value as object);
  return element(name, content(shape, value));
}

function items(member: Target, name: string, list: readonly unknown[]): string {
  return list.map((item) => element(name, content(member.shape, item))).join('');
}

function entries(member: Target, name: string, map: object): string {
  return Object.entries(map)
    .map(([key, item]) =>
      element(name, element('key', text(key)) + element(member.xmlName ?? 'value', content(member.shape, item))),
    )
    .join('');
}

export function element(name: string, inner: string): string {
  return `<${name}>${inner}</${name}>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
};

/** Text content. What XML 1.0 cannot hold at all becomes U+FFFD. */
export function text(value: unknown): string {
  return String(value)
    .replace(/[&<>"\r]/g, (character) => entities[character] ?? '')
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd');
}

/** `2026-01-02T03:04:05Z`: the query services of AWS give whole seconds. */
function isoSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
