/** A request as it stands on the wire: what Signature Version 4 is computed over. */
export interface WireRequest {
  readonly method: string;
  /** Path as sent, still percent-encoded, without the query. */
  readonly path: string;
  /** Query as sent, without `?`; empty when there is none. */
  readonly query: string;
  /** Lower-case names; several fields of one name joined by `,` in order. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

/** Node's flat `rawHeaders` list as the map a {@link WireRequest} has. */
export function wireHeaders(rawHeaders: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return headers;
}
