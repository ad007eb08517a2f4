/** Decisions about identity conflicts. */
import { recordChanges } from '#changes/record.ts';
import type { App } from '#platform/app.ts';
import { InvalidInputError, NotFoundError } from '#platform/errors.ts';
import { isUuid } from '#platform/ids.ts';

import { claimIdentities } from '../identity/identities.ts';
import { readCustomers } from '../queries.ts';
import { mergeCustomers } from '../service.ts';
import { closeConflict, type ConflictKey, deleteConflict, readConflictsByKey } from './rows.ts';

export type ConflictAction = 'keep_apart' | 'merge';

/** The global id of a conflict contains the customer, the distribution column of the row. */
export function encodeConflictKey({ customerId, id }: ConflictKey): string {
  return `${customerId}:${id}`;
}

/** Null where the text is not such a key. */
export function decodeConflictKey(key: string): ConflictKey | null {
  const [customerId = '', id = ''] = key.split(':', 2);
  return isUuid(customerId) && isUuid(id)
    ? { customerId: customerId.toLowerCase(), id: id.toLowerCase() }
    : null;
}

/** @throws {InvalidInputError} the text is not a global id of a conflict. */
export function readConflictId(text: string): ConflictKey {
  const [type, ...rest] = Buffer.from(text, 'base64').toString().split(':');
  const key = type === 'IdentityConflict' ? decodeConflictKey(rest.join(':')) : null;
  if (key !== null) return key;
  throw new InvalidInputError('conflict', 'expected an id as in IdentityConflict.id');
}

/**
 * Separates the two permanently, or merges them into the older customer. Where the identity has no owner, `merge` gives
 * it to the customer of the record. Repeating a decision changes nothing.
 * @returns the customer of the record, or the one they were merged into
 * @throws {NotFoundError} there is no such conflict, or either customer is gone.
 */
export async function resolveConflict(app: App, key: ConflictKey, action: ConflictAction): Promise<string> {
  const [conflict] = await readConflictsByKey(app.db, [key]);
  if (conflict === undefined) throw new NotFoundError('there is no such conflict; merged people have none');
  const { customerId, otherId } = conflict;
  const at = app.clock();
  if (action === 'keep_apart') {
    await closeConflict(app.db, key, at);
    return customerId;
  }
  if (otherId === null) {
    await app.db.transaction(async (tx) => {
      await claimIdentities(tx, [{ identity: conflict, customerId }], at);
      await recordChanges(
        tx,
        [{ kind: 'customer_changed', customerId, details: { facts: ['identities'] } }],
        at,
      );
      await deleteConflict(tx, key);
    });
    return customerId;
  }
  const people = await readCustomers(app.db, [customerId, otherId]);
  const [one, other] = [people.get(customerId), people.get(otherId)];
  if (one === undefined || other === undefined) throw new NotFoundError('one of the two people is gone');
  const [keep, drop] = isOlder(one, other) ? [one, other] : [other, one];
  await mergeCustomers(app, keep.id, drop.id);
  return keep.id;
}

interface Known {
  readonly id: string;
  readonly createdAt: Date;
}

function isOlder(one: Known, other: Known): boolean {
  const difference = one.createdAt.getTime() - other.createdAt.getTime();
  return difference < 0 || (difference === 0 && one.id < other.id);
}
