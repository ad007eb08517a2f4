/** Keyed, batched reads of profiles. */
import DataLoader from 'dataloader';

import { perRequest } from '#platform/request.ts';

import { emptyProfile, type ProfileRow, readProfiles } from './queries.ts';

/** Never null: a person without a profile row has one with nothing in it. */
export const profileByCustomer = perRequest(
  ({ db, now }) =>
    new DataLoader<string, ProfileRow>(async (customerIds) => {
      const rows = await readProfiles(db, customerIds);
      const byCustomer = new Map(rows.map((row) => [row.customerId, row]));
      return customerIds.map((id) => byCustomer.get(id) ?? emptyProfile(id, now));
    }),
);
