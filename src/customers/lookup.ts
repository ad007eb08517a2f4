/** Finds a person by what a caller knows of them. Writes nothing. */
import type { App } from '#platform/app.ts';
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
  const id = readCustomerId(by.id ?? '');
  return (await readCustomers(db, [id])).get(id)?.id ?? null;
}

/** The identity to look up; null where the lookup is by id. @throws {InvalidInputError} */
export function lookupIdentity(by: CustomerLookup, keyring: App['keyring']): IdentityKey | null {
  const [field, input] = asIdentity(by);
  return input === null ? null : readIdentity(field, input, keyring, null).key;
}

function asIdentity(by: CustomerLookup): [string, IdentityInput | null] {
  if (by.email != null) return ['by.email', { kind: 'email', value: by.email }];
  if (by.phone != null) return ['by.phone', { kind: 'phone', value: by.phone }];
  if (by.anonymousId != null) return ['by.anonymousId', { kind: 'anonymous', value: by.anonymousId }];
  if (by.externalId == null) return ['by.id', null];
  const { source, id } = by.externalId;
  return ['by.externalId', { kind: 'external', source, value: id }];
}

/** The UUID in a global id, or the UUID itself, in lower case. @throws {InvalidInputError} */
export function readCustomerId(text: string, field = 'id'): string {
  const id = isUuid(text) ? text : /^Customer:(.*)$/.exec(Buffer.from(text, 'base64').toString())?.[1];
  if (id !== undefined && isUuid(id)) return id.toLowerCase();
  throw new InvalidInputError(field, 'expected the id of a customer, as in Customer.id, or its plain UUID');
}
