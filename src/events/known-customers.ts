/** Leads from what a caller knows of people to their ids, and makes those nobody knows yet. */
import { InvalidItemsError } from '#catalog/errors.ts';
import { type CustomerLookup, readCustomerId } from '#customers/lookup.ts';
import { type IdentityInput, upsertCustomers } from '#customers/service.ts';
import type { App } from '#platform/app.ts';
import { InvalidInputError } from '#platform/errors.ts';

/** @returns ids in the order given, null for null. @throws {InvalidItemsError} a value that can be nobody's. */
export async function findOrMakeCustomers(
  app: App,
  lookups: readonly (CustomerLookup | null)[],
): Promise<readonly (string | null)[]> {
  const ids: (string | null)[] = [];
  const unknown: { readonly index: number; readonly identity: IdentityInput }[] = [];
  for (const [index, by] of lookups.entries()) {
    const identity = by === null ? null : toIdentity(by);
    ids.push(by === null || identity !== null ? null : readId(by, index));
    if (identity !== null) unknown.push({ index, identity });
  }
  if (unknown.length > 0) {
    const inputs = unknown.map(({ identity }) => ({ identities: [identity] }));
    const found = await atItem(
      unknown.map(({ index }) => index),
      () => upsertCustomers(app, inputs),
    );
    for (const [position, { customerId }] of found.entries()) ids[unknown[position]!.index] = customerId;
  }
  return ids;
}

function toIdentity(by: CustomerLookup): IdentityInput | null {
  if (by.email != null) return { kind: 'email', value: by.email };
  if (by.phone != null) return { kind: 'phone', value: by.phone };
  if (by.anonymousId != null) return { kind: 'anonymous', value: by.anonymousId };
  if (by.externalId == null) return null;
  return { kind: 'external', source: by.externalId.source, value: by.externalId.id };
}

function readId(by: CustomerLookup, index: number): string {
  try {
    return readCustomerId(by.id ?? '', 'customer.id');
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new InvalidItemsError([{ index, field: error.field, message: error.message }]);
  }
}

/** An error of the people's own list, such as at `inputs.3.identities.0`, told by its place in ours. */
async function atItem<T>(indexes: readonly number[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const position = Number(/^inputs\.(\d+)\./.exec(error.field)?.[1] ?? 0);
    throw new InvalidItemsError([
      { index: indexes[position] ?? 0, field: 'customer', message: error.message },
    ]);
  }
}
