/** Where something stands in the text; all in UTF-16 units. */
export interface Span {
  /** Offset of the first character. */
  readonly start: number;
  /** Offset behind the last. */
  readonly end: number;
}

export interface JsonMember {
  readonly name: string;
  /** Of the name, with its quotes. */
  readonly at: Span;
  readonly value: JsonTree;
}

/** JSON that knows where each of its values stands. Members are in the order of the text, repeated ones included. */
export type JsonTree = Span &
  (
    | { readonly kind: 'object'; readonly members: readonly JsonMember[] }
    | { readonly kind: 'list'; readonly items: readonly JsonTree[] }
    | { readonly kind: 'string'; readonly value: string }
    /** `text` as it was written: a number of a policy is compared with text as often as with numbers. */
    | { readonly kind: 'number'; readonly text: string }
    | { readonly kind: 'boolean'; readonly value: boolean }
    | { readonly kind: 'null' }
  );
