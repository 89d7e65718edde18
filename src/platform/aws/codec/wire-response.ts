/** An answer as it goes onto the wire. */
export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** How a caller wants to be answered; `rest-xml` is the message gateway's, `s3` what AWS calls by that name. */
export type WireProtocol = 'json-1.1' | 'query' | 'ec2' | 'rest-xml' | 's3';
