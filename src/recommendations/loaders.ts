/** Purchases by customer: one statement for everybody on a page, for as long as the request lives. */
import { perRequest } from '#platform/request.ts';
import DataLoader from 'dataloader';

import { readLines } from './queries.ts';
import { type Taste, tasteOfLines } from './taste.ts';

export const tasteByCustomer = perRequest(
  ({ db }) =>
    new DataLoader<string, Taste>(async (customerIds) => {
      const rows = await readLines(db, customerIds);
      const byCustomer = new Map(rows.map((lines) => [lines.customerId, lines]));
      return customerIds.map((id) => tasteOfLines(byCustomer.get(id) ?? null));
    }),
);
