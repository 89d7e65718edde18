import { createHash } from 'node:crypto';
import type { Delivery } from '../../core/recording/recordings-api.js';
import { messageOf } from '../failure-text.js';
import { printable } from './printable.js';

/** Where copies are, read with the caller's own credentials. */
export interface CopyStore {
  /** Bytes of an object. */
  object(bucket: string, key: string): AsyncIterable<Uint8Array>;
  /** Messages of a log stream, from its beginning. */
  messages(group: string, stream: string): AsyncIterable<string>;
}

/** Undefined: the copy is what its delivery says. Otherwise what is wrong with it. */
export async function copyProblem(delivery: Delivery, store: CopyStore): Promise<string | undefined> {
  const { kind, place, sha256, bytes } = delivery;
  const where = printable(`the ${kind} at ${place}`);
  if (sha256 === undefined) return `${where} was delivered without its digest: it cannot be compared`;
  let found: { readonly sha256: string; readonly bytes: number };
  try {
    found = await digestOf(place, store);
  } catch (error) {
    return `${where} cannot be read: ${printable(messageOf(error))}`;
  }
  if (found.sha256 === sha256) return undefined;
  const length =
    bytes === undefined || bytes === found.bytes ? '' : ` and has ${found.bytes} bytes instead of ${bytes}`;
  return `${where} is not what was delivered: its SHA-256 is ${found.sha256}, not ${sha256}${length}`;
}

async function digestOf(place: string, store: CopyStore): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of piecesOf(place, store)) {
    hash.update(piece);
    bytes += Buffer.byteLength(piece);
  }
  return { sha256: hash.digest('hex'), bytes };
}

async function* piecesOf(place: string, store: CopyStore): AsyncGenerator<Uint8Array | string> {
  const object = /^s3:\/\/([^/]+)\/(.+)$/s.exec(place);
  if (object !== null) {
    yield* store.object(object[1] ?? '', object[2] ?? '');
    return;
  }
  // A group's name may have slashes; a stream's is the session's.
  const stream = /^logs:\/\/(.+)\/([^/]+)$/s.exec(place);
  if (stream === null) throw new Error('nobody knows how to read from there');
  for await (const message of store.messages(stream[1] ?? '', stream[2] ?? '')) yield `${message}\n`;
}
