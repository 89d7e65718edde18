/** One element of an answer. What attributes and name spaces say is of no use here and left out. */
export interface XmlElement {
  readonly name: string;
  /** All text directly in it, entities resolved. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** Deeper than any answer of AWS. */
export const MAX_XML_DEPTH = 64;

interface OpenElement {
  readonly name: string;
  text: string;
  readonly children: XmlElement[];
}

const TOKEN =
  /<\?[^]*?\?>|<!--[^]*?-->|<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|[^<]+/y;

/** Of the XML that the query services of AWS answer with: no DTD, no CDATA. Undefined when it is anything else. */
export function parseXml(source: string): XmlElement | undefined {
  const top: OpenElement = { name: '', text: '', children: [] };
  const open = [top];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const match = TOKEN.exec(source);
    const inner = open.at(-1);
    if (match === null || inner === undefined) return undefined;
    const [whole, closing, name, , alone] = match;
    if (name === undefined) {
      if (!whole.startsWith('<')) {
        const text = resolveEntities(whole);
        if (text === undefined) return undefined;
        inner.text += text;
      }
    } else if (closing === '/') {
      if (inner.name !== name || open.length === 1) return undefined;
      open.pop();
    } else {
      const element: OpenElement = { name, text: '', children: [] };
      inner.children.push(element);
      if (alone !== '/') open.push(element);
      if (open.length > MAX_XML_DEPTH) return undefined;
    }
  }
  const [root, ...more] = top.children;
  return open.length === 1 && more.length === 0 && top.text.trim() === '' ? root : undefined;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Undefined: an `&` that begins none of those that XML itself has. */
function resolveEntities(text: string): string | undefined {
  const unknown: string[] = [];
  const resolved = text.replace(/&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|(\w+));|&/g, (whole, ...groups) => {
    const [decimal, hex, name = ''] = groups as (string | undefined)[];
    const code = decimal ?? (hex === undefined ? undefined : `0x${hex}`);
    if (code !== undefined && Number(code) <= 0x10ffff) return String.fromCodePoint(Number(code));
    const character = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
    if (character === undefined) unknown.push(whole);
    return character ?? '';
  });
  return unknown.length === 0 ? resolved : undefined;
}

export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/** Text of a child; undefined when there is no such child. */
export function textOf(element: XmlElement | undefined, name: string): string | undefined {
  return childOf(element, name)?.text;
}

/** The items of a list in an answer of EC2. */
export function itemsOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return (childOf(element, name)?.children ?? []).filter((child) => child.name === 'item');
}

/** The items of a list. */
export function membersOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return (childOf(element, name)?.children ?? []).filter((child) => child.name === 'member');
}
