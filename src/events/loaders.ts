/** Orders and timelines in batches: one statement per relation and level, whatever the page. */
import type { Page } from '#graphql/connections.ts';
import { isUuid } from '#platform/ids.ts';
import { loadCount, loadCountWith, loadOne, loadPage } from '#platform/loaders.ts';
import { perRequest } from '#platform/request.ts';
import DataLoader from 'dataloader';

import {
  countEvents,
  countOrders,
  type OrderColumn,
  type OrderLineRow,
  type OrderRow,
  type PersonalKey,
  readEventPages,
  readEventsByKey,
  readOrderLines,
  readOrderPages,
  readOrdersByKey,
} from './queries.ts';

/** Global ids of a customer's rows contain the customer, the distribution column of the row. */
export function encodeKey({ customerId, id }: PersonalKey): string {
  return `${customerId}:${id}`;
}

/** Null for a text that is not such a key. */
export function decodeKey(key: string): PersonalKey | null {
  const [customerId = '', id = ''] = key.split(':', 2);
  return isUuid(customerId) && isUuid(id) ? { customerId, id } : null;
}

export interface OrderPage {
  readonly page: Page;
  readonly columns: readonly OrderColumn[];
}

/** Rows contain only the selected columns and those of the order. */
export const ordersByCustomer = loadPage(
  (db, ids, { page, columns }: OrderPage) => readOrderPages(db, ids, page, columns),
  ({ customerId }) => customerId,
);

export interface EventPage {
  readonly page: Page;
  readonly kinds: readonly string[] | null;
}

export const eventsByCustomer = loadPage(
  (db, ids, { page, kinds }: EventPage) => readEventPages(db, ids, page, kinds),
  ({ customerId }) => customerId,
);

export const orderCountByCustomer = loadCount(countOrders, ({ customerId }) => customerId);

export const eventCountByCustomer = loadCountWith(countEvents, ({ customerId }) => customerId);

export const orderByKey = loadOne(
  (db, keys) => readKnown(keys, (known) => readOrdersByKey(db, known)),
  encodeKey,
);

export const eventByKey = loadOne(
  (db, keys) => readKnown(keys, (known) => readEventsByKey(db, known)),
  encodeKey,
);

export const linesByOrder = perRequest(
  ({ db }) =>
    new DataLoader<OrderRow, readonly OrderLineRow[], string>(
      async (orders) => {
        const rows = Map.groupBy(await readOrderLines(db, orders), ({ customerId, orderId }) =>
          encodeKey({ customerId, id: orderId }),
        );
        return orders.map((order) => rows.get(encodeKey(order)) ?? []);
      },
      { cacheKeyFn: encodeKey },
    ),
);

async function readKnown<Row>(
  keys: readonly string[],
  read: (known: readonly PersonalKey[]) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const known = keys.flatMap((key) => decodeKey(key) ?? []);
  return known.length === 0 ? [] : read(known);
}
