/** Keyed, batched reads of profiles. */
import type DataLoader from 'dataloader';

import { loadOneWith } from '#platform/loaders.ts';
import { perRequest, type RequestContext } from '#platform/request.ts';

import {
  emptyProfile,
  type ProfileColumn,
  profileColumns,
  type ProfileRow,
  readProfiles,
} from './queries.ts';

const profilesRead = perRequest(() => new Map<object, ProfileRow>());

/**
 * Caches the profile that was read together with a customer's row. It contains only the columns selected at that
 * position of the query, so it belongs to the row object and not to the customer.
 */
export function keepProfile(context: RequestContext, customer: object, profile: ProfileRow): void {
  profilesRead(context).set(customer, profile);
}

/** The profile cached with the row, else one read with these columns, the customer's id among them. */
export function profileOf(
  context: RequestContext,
  customer: { readonly id: string },
  columns: readonly ProfileColumn[],
): ProfileRow | Promise<ProfileRow> {
  return profilesRead(context).get(customer) ?? profileWith(context, columns).load(customer.id);
}

/** Never null: a customer without a profile row has an empty profile. */
const profileWith = loadOneWith(
  (db, customerIds, columns: readonly ProfileColumn[]) => readProfiles(db, customerIds, columns),
  ({ customerId }) => customerId,
  (row, { now }, id): ProfileRow => row ?? emptyProfile(id, now),
);

/** With all columns. */
export const profileByCustomer = (context: RequestContext): DataLoader<string, ProfileRow> =>
  profileWith(context, profileColumns);
