/** Reads of people in batches: one statement per relation of all the people of a request. */
import { NotFoundError } from '#platform/errors.ts';
import { loadMany } from '#platform/loaders.ts';
import { forgetReads, perRequest, perRequestWith, type RequestContext } from '#platform/request.ts';
import DataLoader from 'dataloader';

import { Contacts } from './contact-data/contacts.ts';
import { identityKey } from './identity/identities.ts';
import type { IdentityKey } from './input.ts';
import {
  type CustomerColumn,
  customerColumns,
  type CustomerRow,
  readConsentHistory,
  readConsents,
  readCustomers,
  readCustomersByIdentity,
  readIdentities,
  readSealedContacts,
} from './queries.ts';

/** Newest records of one channel and purpose that a query gives. */
export const MAX_CONSENT_HISTORY = 50;

type CustomerLoader = DataLoader<string, CustomerRow | null>;

/** By what they read. */
const customerLoaders = perRequest(() => new Map<string, CustomerLoader>());

/** As `customerById`, with these columns alone, the id among them. */
export function customerWith(context: RequestContext, columns: readonly CustomerColumn[]): CustomerLoader {
  const loaders = customerLoaders(context);
  const key = columns.join();
  let loader = loaders.get(key);
  if (loader === undefined) {
    loader = new DataLoader(async (ids) => {
      const rows = await readCustomers(context.db, ids, columns);
      return ids.map((id) => rows.get(id) ?? null);
    });
    loaders.set(key, loader);
  }
  return loader;
}

/** Null for unknown and erased people; for one merged into another, that other. */
export const customerById = (context: RequestContext): CustomerLoader =>
  customerWith(context, customerColumns);

/** With these columns alone, the id among them; null where nobody has the identity. */
export const customerByIdentity = perRequestWith(
  ({ db }: RequestContext, columns: readonly CustomerColumn[]) =>
    new DataLoader<IdentityKey, CustomerRow | null, string>(
      async (identities) => {
        const owners = await readCustomersByIdentity(db, identities, columns);
        return identities.map((identity) => owners.get(identityKey(identity)) ?? null);
      },
      { cacheKeyFn: identityKey },
    ),
);

/** Apart from the person's row, so that contact data is read and opened only where it is asked for. */
export const contactsByCustomer = perRequest(
  ({ app, db, viewer }) =>
    new DataLoader<string, Contacts>(async (ids) => {
      const rows = Map.groupBy(await readSealedContacts(db, ids), (row) => row.customerId);
      return ids.map((id) => new Contacts(rows.get(id) ?? [], app.keyring, viewer));
    }),
);

export const identitiesByCustomer = loadMany(readIdentities, ({ customerId }) => customerId);

export const consentsByCustomer = loadMany(readConsents, ({ customerId }) => customerId);

export const consentHistoryByCustomer = loadMany(
  (db, ids) => readConsentHistory(db, ids, MAX_CONSENT_HISTORY),
  ({ customerId }) => customerId,
);

/** A person after a change. */
export async function reloadCustomer(context: RequestContext, id: string): Promise<CustomerRow> {
  forgetReads(context);
  const row = await customerById(context).load(id);
  if (row === null) throw new NotFoundError(`there is no customer ${id}`);
  return row;
}
