/** Finds many customers by any lookup. Writes nothing. */
import type { App } from '#platform/app.ts';
import { InvalidInputError } from '#platform/errors.ts';
import { isSliceSpentByNow, nextTurn } from '#platform/pacing.ts';

import { identityKey, readOwners } from './identities.ts';
import { type CustomerLookup, lookupIdentity, readCustomerId } from './lookup.ts';
import { readCustomers } from '../queries.ts';

/** A lookup with its field in the input, for errors. */
export interface NamedLookup {
  readonly by: CustomerLookup;
  readonly field: string;
}

/**
 * The active customer's id for each lookup, null where there is none. Two statements for any number.
 * @throws {InvalidInputError} an invalid value, such as half an e-mail.
 */
export async function findCustomerIds(
  { db, keyring }: Pick<App, 'db' | 'keyring'>,
  lookups: readonly NamedLookup[],
): Promise<readonly (string | null)[]> {
  const keys: ReturnType<typeof readLookup>[] = [];
  for (const lookup of lookups) {
    // Keyed hashes of 10,000 customers took 78 ms in one turn of the event loop.
    if (isSliceSpentByNow()) await nextTurn(undefined);
    keys.push(readLookup(lookup, keyring));
  }
  const identities = keys.flatMap(({ identity }) => identity ?? []);
  const ids = keys.flatMap(({ id }) => id ?? []);
  const owners = identities.length === 0 ? new Map<string, string>() : await readOwners(db, identities);
  const rows = ids.length === 0 ? null : await readCustomers(db, ids);
  return keys.map(({ id, identity }) =>
    identity === null ? (rows?.get(id!)?.id ?? null) : (owners.get(identityKey(identity)) ?? null),
  );
}

function readLookup({ by, field }: NamedLookup, keyring: App['keyring']) {
  try {
    const identity = lookupIdentity(by, keyring);
    return { identity, id: identity === null ? readCustomerId(by.id ?? '', 'by.id') : null };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new InvalidInputError(error.field.replace(/^by/, field), error.message);
  }
}
