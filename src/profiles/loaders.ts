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
 * Keeps what was read of the profile together with a person's row. It holds what that row's place in the query asks
 * for and no more, so it belongs to that row and not to the person.
 */
export function keepProfile(context: RequestContext, customer: object, profile: ProfileRow): void {
  profilesRead(context).set(customer, profile);
}

/** The profile read with the row, else the person's, with these columns, the customer's id among them. */
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
