/** Finds a customer by any identity. Writes nothing. */
import { readGlobalId } from '#graphql/global-id.ts';
import type { App } from '#platform/app.ts';
import type { Database } from '#platform/database/database.ts';
import { NotFoundError } from '#platform/errors.ts';

import { identityKey, readOwners } from './identities.ts';
import { type IdentityInput, type IdentityKey, readIdentity } from '../input.ts';
import { readCustomers } from '../queries.ts';

/** Exactly one of these. */
export interface CustomerLookup {
  /** Global id or plain UUID. */
  readonly id?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly phone?: string | null | undefined;
  readonly externalId?: { readonly source: string; readonly id: string } | null | undefined;
  readonly anonymousId?: string | null | undefined;
}

/** The active customer's id, or null. @throws {InvalidInputError} an invalid value, such as half an e-mail. */
export async function findCustomerId(
  { db, keyring }: Pick<App, 'db' | 'keyring'>,
  by: CustomerLookup,
): Promise<string | null> {
  const identity = lookupIdentity(by, keyring);
  if (identity !== null) return (await readOwners(db, [identity])).get(identityKey(identity)) ?? null;
  const id = readCustomerId(by.id ?? '', 'by.id');
  return (await readCustomers(db, [id])).get(id)?.id ?? null;
}

/**
 * The id of the customer in an input: a plain id is returned unchanged and may be that of a merged customer.
 * @param field of the input
 * @throws {NotFoundError} the identity has no owner
 * @throws {InvalidInputError} an invalid value
 */
export async function requireCustomerId(
  app: Pick<App, 'db' | 'keyring'>,
  by: CustomerLookup,
  field: string,
): Promise<string> {
  if (by.id != null) return readCustomerId(by.id, `${field}.id`);
  const id = await findCustomerId(app, by);
  if (id === null) throw new NotFoundError(`There is no customer with the identity in \`${field}\`.`);
  return id;
}

/** Ids of the customers with these ids of a source, by that id; unknown ones are missing. */
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

/** The identity of a lookup, unchecked; null where the lookup is by id. */
export function lookupInput(by: CustomerLookup): IdentityInput | null {
  if (by.email != null) return { kind: 'email', value: by.email };
  if (by.phone != null) return { kind: 'phone', value: by.phone };
  if (by.anonymousId != null) return { kind: 'anonymous', value: by.anonymousId };
  if (by.externalId == null) return null;
  return { kind: 'external', source: by.externalId.source, value: by.externalId.id };
}

/** The identity of a lookup; null where the lookup is by id. @throws {InvalidInputError} */
export function lookupIdentity(by: CustomerLookup, keyring: App['keyring']): IdentityKey | null {
  const input = lookupInput(by);
  return input === null ? null : readIdentity(input, fieldsOf[input.kind], keyring, null).key;
}

/** Names of the fields, for errors. */
const fieldsOf = {
  email: { value: 'by.email' },
  phone: { value: 'by.phone' },
  anonymous: { value: 'by.anonymousId' },
  external: { value: 'by.externalId.id', source: 'by.externalId.source' },
} as const;

/** The UUID in a global id, or the UUID itself, in lower case. @throws {InvalidInputError} */
export function readCustomerId(text: string, field = 'id'): string {
  return readGlobalId('Customer', text, field);
}
