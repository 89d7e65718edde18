import { isBase64, MAX_DEPTH } from './decode-json.js';
import { malformedQuery, parameterTree } from './query-parameters.js';
import type { ParameterNode } from './query-parameters.js';
import { shapeOf } from './shape.js';
import type { ListShape, MapShape, ScalarShape, Shape, StructureShape } from './shape.js';

/**
 * Form fields as the SDK's shape: `Name.member.1` (flattened: `Name.1`), `Name.Sub`, `Name.entry.1.key` and `.value`.
 * Unknown fields are dropped. Throws MalformedQueryString naming the field, or what `missingMember` makes of it.
 */
export function decodeQuery(
  schema: unknown,
  parameters: URLSearchParams,
  missingMember: (path: string) => Error,
): unknown {
  const place = { node: parameterTree(parameters), path: '', flattened: false, depth: 0 };
  return new QueryDecoder(missingMember).decode(shapeOf(schema), place);
}

interface Place {
  readonly node: ParameterNode;
  readonly path: string;
  readonly flattened: boolean;
  readonly depth: number;
}

class QueryDecoder {
  readonly #missingMember: (path: string) => Error;

  constructor(missingMember: (path: string) => Error) {
    this.#missingMember = missingMember;
  }

  decode(shape: Shape, place: Place): unknown {
    if (place.depth > MAX_DEPTH) throw malformedQuery(`The value is nested too deeply at '${place.path}'`);
    switch (shape.kind) {
      case 'list':
        return this.#list(shape, place);
      case 'map':
        return this.#map(shape, place);
      case 'structure':
        return this.#structure(shape, place);
      default:
        return decodeScalar(shape.kind, place.node.value ?? '', place.path);
    }
  }

  #list({ member }: ListShape, { node, path, flattened, depth }: Place): unknown[] {
    const items = flattened ? node : node.children.get(member.xmlName ?? 'member');
    // An empty list arrives as `Name=`.
    if (items === undefined) return [];
    return numbered(items, path).map(([index, item]) =>
      this.decode(member.shape, { node: item, path: `${path}.${index}.member`, flattened: false, depth: depth + 1 }),
    );
  }

  #map({ value }: MapShape, { node, path, flattened, depth }: Place): Record<string, unknown> {
    const items = flattened ? node : node.children.get('entry');
    const result = new Map<string, unknown>();
    for (const [, { children }] of items === undefined ? [] : numbered(items, path)) {
      const key = children.get('key')?.value ?? '';
      const item = children.get(value.xmlName ?? 'value') ?? { value: '', children: new Map<string, ParameterNode>() };
      const place = { node: item, path: `${path}.${key}`, flattened: false, depth: depth + 1 };
      result.set(key, this.decode(value.shape, place));
    }
    return Object.fromEntries(result);
  }

  #structure({ members }: StructureShape, { node, path, depth }: Place): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const { name, xmlName, flattened, required, shape } of members) {
      const place = path === '' ? name : `${path}.${name}`;
      const item = node.children.get(xmlName ?? name);
      if (item !== undefined) {
        result[name] = this.decode(shape, { node: item, path: place, flattened, depth: depth + 1 });
      } else if (required) {
        throw this.#missingMember(place);
      }
    }
    return result;
  }
}

/** Items in the order of their numbers; gaps are allowed, as AWS allows them. */
function numbered({ children }: ParameterNode, path: string): [index: number, node: ParameterNode][] {
  return [...children]
    .map(([name, node]): [number, ParameterNode] => {
      if (!/^[1-9]\d{0,8}$/.test(name)) throw malformedQuery(`'${name}' is not a list index at '${path}'`);
      return [Number(name), node];
    })
    .sort(([a], [b]) => a - b);
}

function decodeScalar(kind: ScalarShape['kind'], text: string, path: string): unknown {
  const wrong = (wanted: string): never => {
    throw malformedQuery(`The value at '${path}' is not ${wanted}`);
  };
  switch (kind) {
    case 'number':
      return /^[-+]?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(text) ? Number(text) : wrong('a number');
    case 'boolean':
      return text === 'true' || (text === 'false' ? false : wrong('a boolean'));
    case 'timestamp': {
      const time = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
      const date = new Date(time);
      return Number.isNaN(date.getTime()) ? wrong('a timestamp') : date;
    }
    case 'blob':
      return isBase64(text) ? new Uint8Array(Buffer.from(text, 'base64')) : wrong('base64');
    case 'string':
    case 'document':
      return text;
  }
}
