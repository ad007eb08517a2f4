/** Connections in batches: one statement for all the people of a page. */
import { perRequestWith } from '#platform/request.ts';
import DataLoader from 'dataloader';

import type { ConnectionKind } from './connection.ts';
import { type ConnectionPage, type ConnectionRow, countConnections, readConnectionPages } from './queries.ts';

export const connectionsByCustomer = perRequestWith<
  ConnectionPage,
  DataLoader<string, readonly ConnectionRow[]>
>(
  ({ db }, wanted) =>
    new DataLoader(async (customerIds) => {
      const found = await readConnectionPages(db, customerIds, wanted);
      const rows = Map.groupBy(found, ({ customerId }) => customerId);
      return customerIds.map((id) => rows.get(id) ?? []);
    }),
);

export const connectionCountByCustomer = perRequestWith<
  readonly ConnectionKind[] | null,
  DataLoader<string, number>
>(
  ({ db }, kinds) =>
    new DataLoader(async (customerIds) => {
      const found = await countConnections(db, customerIds, kinds);
      const counts = new Map(found.map(({ customerId, count }) => [customerId, count]));
      return customerIds.map((id) => counts.get(id) ?? 0);
    }),
);
