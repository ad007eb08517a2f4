/** Reads of orders and events of all customers, by the time of their last change. Writes nothing. */
import type { Page } from '#graphql/connections.ts';
import { type Keyset, keyset } from '#graphql/keyset.ts';
import type { Database } from '#platform/database/database.ts';
import { selectList } from '#platform/database/rows.ts';

import type { EventRow, OrderRow } from '../queries.ts';
import { events, orders } from '../tables.ts';

export interface ReadOutFilter {
  /** Changed then or later; null for all. */
  readonly updatedSince: Date | null;
  /** Null for all. */
  readonly kinds: readonly string[] | null;
}

interface Changed {
  readonly customerId: string;
  readonly id: string;
  readonly updatedAt: Date;
}

interface ReadOut<Row> {
  readonly keyset: Keyset<Row>;
  /** Visits every shard. */
  readonly read: (db: Database, filter: ReadOutFilter, page: Page) => Promise<Row[]>;
  /** Visits every shard. */
  readonly count: (db: Database, filter: ReadOutFilter) => Promise<number>;
}

const CONDITIONS = `($1::timestamptz is null or row.updated_at >= $1::timestamptz)
    and ($2::text[] is null or row.kind = any($2::text[]))`;

function readOut<Row extends Changed>(
  table: 'orders' | 'events',
  columns: string,
  isDescending: boolean,
): ReadOut<Row> {
  const order = keyset<Row>(
    `${table}.updated.${isDescending ? 'desc' : 'asc'}`,
    [
      ['row.updated_at', 'instant', ({ updatedAt }) => updatedAt],
      ['row.id', 'id', ({ id }) => id],
      ['row.customer_id', 'id', ({ customerId }) => customerId],
    ],
    { isDescending, firstParameter: 3 },
  );
  const text = order.texts(
    ({ where, orderBy, limit }) => `/* events.${table}ByUpdate */
  select ${columns} from ${table} row where ${CONDITIONS} and ${where} order by ${orderBy} limit ${limit}`,
  );
  return {
    keyset: order,
    read: (db, { updatedSince, kinds }, page) =>
      db.query<Row>(text(page), [updatedSince, kinds, ...order.bind(page)]),
    async count(db, { updatedSince, kinds }) {
      const [row] = await db.query<{ count: number }>(
        `/* events.countUpdates */ select count(*) as count from ${table} row where ${CONDITIONS}`,
        [updatedSince, kinds],
      );
      return row!.count;
    },
  };
}

const orderColumns = selectList(orders, 'row');
const eventColumns = selectList(events, 'row');

export const orderReadOuts = {
  UPDATED_AT_DESC: readOut<OrderRow>('orders', orderColumns, true),
  UPDATED_AT_ASC: readOut<OrderRow>('orders', orderColumns, false),
} as const;

export const eventReadOuts = {
  UPDATED_AT_DESC: readOut<EventRow>('events', eventColumns, true),
  UPDATED_AT_ASC: readOut<EventRow>('events', eventColumns, false),
} as const;
