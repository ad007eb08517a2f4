/** Keyed, batched reads of profiles. */
import DataLoader from 'dataloader';

import { perRequest, type RequestContext } from '#platform/request.ts';

import { emptyProfile, type ProfileRow, readProfiles } from './queries.ts';

const profilesRead = perRequest(() => new Map<object, ProfileRow>());

/**
 * Keeps what was read of the profile together with a person's row. It holds what that row's place in the query asks
 * for and no more, so it belongs to that row and not to the person.
 */
export function keepProfile(context: RequestContext, customer: object, profile: ProfileRow): void {
  profilesRead(context).set(customer, profile);
}

/** The profile read with the row, else the person's whole one. */
export function profileOf(
  context: RequestContext,
  customer: { readonly id: string },
): ProfileRow | Promise<ProfileRow> {
  return profilesRead(context).get(customer) ?? profileByCustomer(context).load(customer.id);
}

/** Never null: a person without a profile row has one with nothing in it. */
export const profileByCustomer = perRequest(
  ({ db, now }) =>
    new DataLoader<string, ProfileRow>(async (customerIds) => {
      const rows = await readProfiles(db, customerIds);
      const byCustomer = new Map(rows.map((row) => [row.customerId, row]));
      return customerIds.map((id) => byCustomer.get(id) ?? emptyProfile(id, now));
    }),
);
