/** Orders and timelines in batches: one statement per relation and level, whatever the page. */
import type { Page } from '#graphql/connections.ts';
import { isUuid } from '#platform/ids.ts';
import { perRequest, perRequestWith } from '#platform/request.ts';
import DataLoader from 'dataloader';

import {
  countEvents,
  countOrders,
  type EventRow,
  type OrderColumn,
  type OrderLineRow,
  type OrderRow,
  type PersonalCount,
  type PersonalKey,
  readEventPages,
  readEventsByKey,
  readOrderLines,
  readOrderPages,
  readOrdersByKey,
} from './queries.ts';

/** Global ids of a person's rows carry the person, who says where the row lives. */
export function encodeKey({ customerId, id }: PersonalKey): string {
  return `${customerId}:${id}`;
}

/** Null for a text that is no key. */
export function decodeKey(key: string): PersonalKey | null {
  const [customerId = '', id = ''] = key.split(':', 2);
  return isUuid(customerId) && isUuid(id) ? { customerId, id } : null;
}

export interface OrderPage {
  readonly page: Page;
  readonly columns: readonly OrderColumn[];
}

/** Rows hold the columns asked for and those of the order alone. */
export const ordersByCustomer = perRequestWith(
  ({ db }, { page, columns }: OrderPage) =>
    new DataLoader(async (ids: readonly string[]) => {
      const rows = groupByCustomer(await readOrderPages(db, ids, page, columns));
      return ids.map((id) => rows.get(id) ?? []);
    }),
);

export interface EventPage {
  readonly page: Page;
  readonly kinds: readonly string[] | null;
}

export const eventsByCustomer = perRequestWith(
  ({ db }, { page, kinds }: EventPage) =>
    new DataLoader(async (ids: readonly string[]) => {
      const rows = groupByCustomer(await readEventPages(db, ids, page, kinds));
      return ids.map((id) => rows.get(id) ?? []);
    }),
);

export const orderCountByCustomer = perRequest(
  ({ db }) =>
    new DataLoader(async (ids: readonly string[]) => countsInOrder(ids, await countOrders(db, ids))),
);

export const eventCountByCustomer = perRequestWith(
  ({ db }, kinds: readonly string[] | null) =>
    new DataLoader(async (ids: readonly string[]) => countsInOrder(ids, await countEvents(db, ids, kinds))),
);

export const orderByKey = perRequest(
  ({ db }) =>
    new DataLoader((keys: readonly string[]) =>
      readByKey<OrderRow>(keys, (known) => readOrdersByKey(db, known)),
    ),
);

export const eventByKey = perRequest(
  ({ db }) =>
    new DataLoader((keys: readonly string[]) =>
      readByKey<EventRow>(keys, (known) => readEventsByKey(db, known)),
    ),
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

function groupByCustomer<Row extends { readonly customerId: string }>(
  rows: readonly Row[],
): Map<string, Row[]> {
  return Map.groupBy(rows, ({ customerId }) => customerId);
}

function countsInOrder(ids: readonly string[], counts: readonly PersonalCount[]): number[] {
  const countById = new Map(counts.map(({ customerId, count }) => [customerId, count]));
  return ids.map((id) => countById.get(id) ?? 0);
}

async function readByKey<Row extends PersonalKey>(
  keys: readonly string[],
  read: (known: readonly PersonalKey[]) => Promise<readonly Row[]>,
): Promise<(Row | null)[]> {
  const known = keys.flatMap((key) => decodeKey(key) ?? []);
  const rows = known.length === 0 ? [] : await read(known);
  const rowByKey = new Map(rows.map((row) => [encodeKey(row), row]));
  return keys.map((key) => rowByKey.get(key) ?? null);
}
