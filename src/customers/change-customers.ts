/** Common end of every change of customers: writes them, moves merged ones, and refreshes derived data. */
import { recordChanges } from '#changes/record.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { DEADLOCK, retryOn } from '#platform/database/retry.ts';
import { NotFoundError } from '#platform/errors.ts';

import { changesOf } from './change-entries.ts';
import { type ChangedFacts, enqueueChange, flushChanges } from './changes.ts';
import {
  changedAttributes,
  changedConsents,
  changedContactKinds,
  hasNewTraits,
  type Person,
} from './identity/customer-facts.ts';
import { lockCustomers, type LockedCustomer } from './identity/customer-rows.ts';
import { moveAbsorbed } from './identity/merge.ts';
import { writePeople } from './identity/write-customers.ts';

export interface ChangeOptions {
  /** Take part in this transaction; the caller then calls `flushChanges` after its commit. */
  readonly tx?: Database | undefined;
}

/** The row of a customer, or of the one that they were merged into. @throws {NotFoundError} */
export async function lockLiving(tx: Database, customerId: string): Promise<LockedCustomer> {
  const [asked] = await lockCustomers(tx, [customerId]);
  const [row] = asked?.mergedIntoId == null ? [asked] : await lockCustomers(tx, [asked.mergedIntoId]);
  if (row !== undefined && isLiving(row)) return row;
  throw new NotFoundError(`there is no customer ${customerId}`);
}

/**
 * Writes changes of the customers and enqueues their recomputation.
 * @param identified ids of those with a new identity
 */
export async function savePeople(
  app: App,
  tx: Database,
  people: readonly Person[],
  at: Date,
  identified: ReadonlySet<string> = new Set(),
): Promise<Set<string>> {
  // Within the transaction, as followers of changes rely on; see `readSettledAt`.
  const writtenAt = app.clock();
  const changed = await writePeople(tx, app.keyring, people, writtenAt, identified);
  const joined = people.filter((person) => person.absorbed.length > 0);
  await moveAbsorbed(app, tx, joined, writtenAt);
  for (const person of joined) changed.add(person.id);
  const byId = new Map(people.map((person) => [person.id, person]));
  await enqueueChange(tx, [...changed], at, (id) => changedFacts(byId.get(id)!));
  const told = people.filter(({ id }) => changed.has(id) || identified.has(id));
  await recordChanges(
    tx,
    told.flatMap((person) => changesOf(person, identified.has(person.id))),
    at,
  );
  return changed;
}

/** With more changed attributes, anything may have changed. */
const MAX_ATTRIBUTE_FACTS = 100;

/** For a new customer or one after a merge, anything may have changed. */
function changedFacts(person: Person): ChangedFacts {
  if (person.isNew || person.absorbed.length > 0) return null;
  const keys = changedAttributes(person);
  if (keys.length > MAX_ATTRIBUTE_FACTS) return null;
  return {
    ...(hasNewTraits(person) || changedContactKinds(person).length > 0 ? { traits: null } : {}),
    ...Object.fromEntries(keys.map((key) => [`attribute.${key}`, null])),
    ...(person.recorded.length > 0 || changedConsents(person).length > 0 ? { consents: null } : {}),
  };
}

export function isLiving(row: LockedCustomer): boolean {
  return row.mergedIntoId === null && row.erasedAt === null;
}

/** Runs a change in the caller's transaction, or in a new one and then refreshes derived data. */
export async function changeAndSettle<T>(
  app: App,
  tx: Database | undefined,
  change: (tx: Database) => Promise<Change<T>>,
): Promise<T> {
  if (tx !== undefined) return (await change(tx)).result;
  // Merges lock customers in the order of discovery, so two writers can deadlock.
  const { result, changed } = await retryOn([DEADLOCK], () => app.db.transaction(change));
  await flushChanges(app, [...changed]);
  return result;
}

export interface Change<T> {
  readonly result: T;
  readonly changed: ReadonlySet<string>;
}
