import { parseSessionInputs, parseSettings } from './delivery-order-fields.js';
import { JsonFields } from '../../core/protocol/json-fields.js';
import type { DeliveryOrder } from './delivery.js';
import type { SpoolFiles } from './spool-files.js';

const VERSION = 1;

/** A delivery order as it lies beside its spool. */
export interface StoredOrder {
  readonly order: DeliveryOrder;
  /** The task has a role; its credentials themselves are never stored. */
  readonly role: boolean;
}

/** On the disk when it resolves, but for the directory's entry. Rejects when there is one already. */
export async function writeOrder(files: SpoolFiles, path: string, stored: StoredOrder): Promise<void> {
  const file = files.create(path);
  try {
    const bytes = Buffer.from(`${JSON.stringify({ version: VERSION, ...stored })}\n`);
    for (let written = 0; written < bytes.length;) {
      written += files.write(file, bytes.subarray(written), written);
    }
    await files.sync(file);
  } finally {
    files.close(file);
  }
}

/** Throws a PayloadError when it is none. */
export function parseOrder(bytes: Uint8Array): StoredOrder {
  const fields = JsonFields.parse(bytes, 'delivery order');
  if (fields.integer('version') !== VERSION) throw new Error(`the delivery order is not of version ${VERSION}`);
  const order = fields.object('order');
  return {
    role: fields.boolean('role'),
    order: {
      sessionId: order.requiredString('sessionId'),
      taskArn: order.string('taskArn'),
      owner: order.string('owner'),
      inputs: parseSessionInputs(order.object('inputs')),
      settings: parseSettings(order.object('settings')),
    },
  };
}
