/** Keyed, batched reads of profiles. */
import DataLoader from 'dataloader';

import { perRequest, perRequestWith, type RequestContext } from '#platform/request.ts';

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

type ProfileLoader = DataLoader<string, ProfileRow>;

/** The profile read with the row, else the person's, with these columns, the customer's id among them. */
export function profileOf(
  context: RequestContext,
  customer: { readonly id: string },
  columns: readonly ProfileColumn[],
): ProfileRow | Promise<ProfileRow> {
  return profilesRead(context).get(customer) ?? profileWith(context, columns).load(customer.id);
}

/** Never null: a person without a profile row has one with nothing in it. */
const profileWith = perRequestWith(
  ({ db, now }: RequestContext, columns: readonly ProfileColumn[]): ProfileLoader =>
    new DataLoader(async (customerIds) => {
      const rows = await readProfiles(db, customerIds, columns);
      const byCustomer = new Map(rows.map((row) => [row.customerId, row]));
      return customerIds.map((id) => byCustomer.get(id) ?? emptyProfile(id, now));
    }),
);

/** With all columns. */
export const profileByCustomer = (context: RequestContext): ProfileLoader =>
  profileWith(context, profileColumns);
