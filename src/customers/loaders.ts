/** Reads of customers in batches: one statement per relation for all customers of a request. */
import { NotFoundError } from '#platform/errors.ts';
import { loadMany } from '#platform/loaders.ts';
import { forgetReads, perRequestWith, type RequestContext } from '#platform/request.ts';
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

/** Maximum number of records of one channel and purpose in a query. */
export const MAX_CONSENT_HISTORY = 50;

type CustomerLoader = DataLoader<string, CustomerRow | null>;

/** As `customerById`, with these columns alone, the id among them. */
export const customerWith = perRequestWith(
  ({ db }: RequestContext, columns: readonly CustomerColumn[]): CustomerLoader =>
    new DataLoader(async (ids) => {
      // Not by the id of the row: a merged customer answers with the row of the one that it was merged into.
      const rows = await readCustomers(db, ids, columns);
      return ids.map((id) => rows.get(id) ?? null);
    }),
);

/** Null for unknown and erased customers; for a merged one, the one that it was merged into. */
export const customerById = (context: RequestContext): CustomerLoader =>
  customerWith(context, customerColumns);

/** With these columns alone, the id among them; null for an identity without an owner. */
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

/** Apart from the row of the customer, so that contact data is read and decrypted only where a query selects it. */
export const contactsByCustomer = loadMany(
  readSealedContacts,
  ({ customerId }) => customerId,
  (rows, { app, viewer }) => new Contacts(rows, app.keyring, viewer),
);

export const identitiesByCustomer = loadMany(readIdentities, ({ customerId }) => customerId);

export const consentsByCustomer = loadMany(readConsents, ({ customerId }) => customerId);

export const consentHistoryByCustomer = loadMany(
  (db, ids) => readConsentHistory(db, ids, MAX_CONSENT_HISTORY),
  ({ customerId }) => customerId,
);

/** A customer after a change. */
export async function reloadCustomer(context: RequestContext, id: string): Promise<CustomerRow> {
  forgetReads(context);
  const row = await customerById(context).load(id);
  if (row === null) throw new NotFoundError(`there is no customer ${id}`);
  return row;
}
