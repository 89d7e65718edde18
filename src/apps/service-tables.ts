import { ROOT_KEY_BYTES, Sealer } from '../platform/crypto/sealer.js';
import type { Database } from '../platform/store/database.js';
import { createServices, type Services } from './services.js';

const refuse = (): Promise<never> => Promise.reject(new Error('only the tables are there, without a state'));
const database: Database = { all: refuse, get: refuse, run: refuse, transaction: refuse, close: refuse };

const silent = { info: nothing, warn: nothing, error: nothing };

function nothing(): void {
  // The services are only asked for their tables.
}

/** The tables of the services as `gangway up` makes them, without a state behind: to be read, not to be called. */
export function serviceTables(): Services['endpoint'] {
  return createServices({
    database,
    sealer: new Sealer(new Uint8Array(ROOT_KEY_BYTES)),
    objectDirectory: '/nowhere',
    accountId: '123456789012',
    region: 'us-east-1',
    limits: 'aws',
    liveSessions: 'keep',
    foreignKeys: false,
    log: () => silent,
  }).endpoint;
}
