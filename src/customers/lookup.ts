/** Finds a person by what a caller knows of them. Writes nothing. */
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { InvalidInputError } from '#platform/errors.ts';
import { isUuid } from '#platform/ids.ts';

import { identityKey, readOwners } from './identities.ts';
import { type IdentityInput, type IdentityKey, readIdentity } from './input.ts';
import { readCustomers } from './queries.ts';

/** Exactly one of these. */
export interface CustomerLookup {
  /** Global id or plain UUID. */
  readonly id?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly phone?: string | null | undefined;
  readonly externalId?: { readonly source: string; readonly id: string } | null | undefined;
  readonly anonymousId?: string | null | undefined;
}

/**
 * The living person's id, or null. @throws {InvalidInputError} a value that can be nobody's, such as half an e-mail.
 */
export async function findCustomerId(
  { db, keyring }: Pick<App, 'db' | 'keyring'>,
  by: CustomerLookup,
): Promise<string | null> {
  const identity = lookupIdentity(by, keyring);
  if (identity !== null) return (await readOwners(db, [identity])).get(identityKey(identity)) ?? null;
  const id = readCustomerId(by.id ?? '', 'by.id');
  return (await readCustomers(db, [id])).get(id)?.id ?? null;
}

/** Ids of the people with these ids of a source, by that id; those nobody has are left out. */
export async function findExternalIds(
  db: Database,
  keyring: App['keyring'],
  source: string,
  externalIds: readonly string[],
): Promise<Map<string, string>> {
  const keyed = externalIds.map((id) => ({
    id,
    key: lookupIdentity({ externalId: { source, id } }, keyring)!,
  }));
  const owners = await readOwners(
    db,
    keyed.map(({ key }) => key),
  );
  return new Map(
    keyed.flatMap(({ id, key }) => {
      const customerId = owners.get(identityKey(key));
      return customerId === undefined ? [] : [[id, customerId] as const];
    }),
  );
}

/** The identity to look up; null where the lookup is by id. @throws {InvalidInputError} */
export function lookupIdentity(by: CustomerLookup, keyring: App['keyring']): IdentityKey | null {
  const read = (input: IdentityInput, value: string, source?: string) =>
    readIdentity(input, { value, ...(source === undefined ? {} : { source }) }, keyring, null).key;
  if (by.email != null) return read({ kind: 'email', value: by.email }, 'by.email');
  if (by.phone != null) return read({ kind: 'phone', value: by.phone }, 'by.phone');
  if (by.anonymousId != null) return read({ kind: 'anonymous', value: by.anonymousId }, 'by.anonymousId');
  if (by.externalId == null) return null;
  const { source, id } = by.externalId;
  return read({ kind: 'external', source, value: id }, 'by.externalId.id', 'by.externalId.source');
}

/** The UUID in a global id, or the UUID itself, in lower case. @throws {InvalidInputError} */
export function readCustomerId(text: string, field = 'id'): string {
  const id = isUuid(text) ? text : /^Customer:(.*)$/.exec(Buffer.from(text, 'base64').toString())?.[1];
  if (id !== undefined && isUuid(id)) return id.toLowerCase();
  throw new InvalidInputError(field, 'expected the id of a customer, as in Customer.id, or its plain UUID');
}
