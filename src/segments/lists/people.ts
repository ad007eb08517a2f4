/** Finds many people by what a caller knows of each. Writes nothing. */
import { identityKey, readOwners } from '#customers/identities.ts';
import { type CustomerLookup, lookupIdentity, readCustomerId } from '#customers/lookup.ts';
import { readCustomers } from '#customers/queries.ts';
import type { App } from '#platform/app.ts';
import { InvalidInputError } from '#platform/errors.ts';

export const MAX_PEOPLE = 10_000;

export interface FoundPeople {
  /** Each once. */
  readonly customerIds: readonly string[];
  /** Places in the input of those whom nobody is known by, from 0. */
  readonly unknown: readonly number[];
}

/**
 * Two statements whatever the number. @throws {InvalidInputError} too many, or a value that can be nobody's, such as half
 * an e-mail.
 */
export async function findPeople(
  { db, keyring }: Pick<App, 'db' | 'keyring'>,
  people: readonly CustomerLookup[],
): Promise<FoundPeople> {
  if (people.length > MAX_PEOPLE) {
    throw new InvalidInputError('people', `expected at most ${MAX_PEOPLE} people, got ${people.length}`);
  }
  const lookups = people.map((by, index) => readLookup(by, index, keyring));
  const identities = lookups.flatMap(({ identity }) => identity ?? []);
  const ids = lookups.flatMap(({ id }) => id ?? []);
  const owners = identities.length === 0 ? new Map<string, string>() : await readOwners(db, identities);
  const rows = ids.length === 0 ? new Map() : await readCustomers(db, ids);
  const found = lookups.map(({ id, identity }) =>
    identity === null ? (rows.get(id!)?.id as string | undefined) : owners.get(identityKey(identity)),
  );
  return {
    customerIds: [...new Set(found.filter((id) => id !== undefined))],
    unknown: found.flatMap((id, index) => (id === undefined ? [index] : [])),
  };
}

function readLookup(by: CustomerLookup, index: number, keyring: App['keyring']) {
  try {
    const identity = lookupIdentity(by, keyring);
    return { identity, id: identity === null ? readCustomerId(by.id ?? '', 'by.id') : null };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new InvalidInputError(error.field.replace(/^by/, `people.${index}`), error.message);
  }
}
