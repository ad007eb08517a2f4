/** Reads of orders and the timeline. Writes nothing. */
import type { Page } from '#graphql/connections.ts';
import { keyset } from '#graphql/keyset.ts';
import type { Database } from '#platform/database/database.ts';

import { columnsOf, type RowOf, selectList } from '#platform/database/rows.ts';

import { events, orders } from './tables.ts';

/** A row contains the selected columns. */
export type OrderRow = RowOf<typeof orders>;

export interface OrderLineRow {
  readonly customerId: string;
  readonly orderId: string;
  readonly lineNumber: number;
  readonly productId: string;
  readonly quantity: number;
  readonly unitPrice: string;
  readonly amount: string;
  readonly repeatCount: number;
}

export type EventRow = RowOf<typeof events>;

/** The key of a customer's row. */
export interface PersonalKey {
  readonly customerId: string;
  readonly id: string;
}

export type OrderColumn = keyof OrderRow;
export const orderColumns: readonly OrderColumn[] = columnsOf(orders);

const eventColumns = selectList(events, 'e');

export const ordersByTime = keyset<Pick<OrderRow, 'placedAt' | 'id'>>(
  'orders.placed',
  [
    ['o.placed_at', 'instant', ({ placedAt }) => placedAt],
    ['o.id', 'id', ({ id }) => id],
  ],
  { isDescending: true },
);

export const eventsByTime = keyset<EventRow>(
  'events.occurred',
  [
    ['e.occurred_at', 'instant', ({ occurredAt }) => occurredAt],
    ['e.id', 'id', ({ id }) => id],
  ],
  { isDescending: true },
);

/**
 * A page of each customer's orders, newest first, or from the oldest for a backward page.
 * @param columns must contain the three of the order: customerId, placedAt, id
 */
export function readOrderPages<Column extends OrderColumn>(
  db: Database,
  customerIds: readonly string[],
  page: Page,
  columns: readonly Column[],
): Promise<Pick<OrderRow, Column>[]> {
  const { where, orderBy, direction, limit } = ordersByTime.textOf(page);
  return db.queryBatched(
    `/* events.orderPages */
    select o.* from customers c cross join lateral (
      select ${selectList(orders, 'o', columns)} from orders o
      where o.customer_id = c.id and ${where}
      order by ${orderBy} limit ${limit}
    ) o
    where c.id = any($1::uuid[])
    order by o."customerId", o."placedAt" ${direction}, o.id ${direction}`,
    [customerIds, ...ordersByTime.bind(page)],
  );
}

/** A page of each customer's timeline, as `readOrderPages`; of some kinds, or of all. */
export function readEventPages(
  db: Database,
  customerIds: readonly string[],
  page: Page,
  kinds: readonly string[] | null,
): Promise<EventRow[]> {
  const { where, orderBy, direction, limit } = eventsByTime.textOf(page);
  return db.queryBatched(
    `/* events.eventPages */
    select e.* from customers c cross join lateral (
      select ${eventColumns} from events e
      where e.customer_id = c.id ${kinds === null ? '' : 'and e.kind = any($7::text[])'}
        and ${where}
      order by ${orderBy} limit ${limit}
    ) e
    where c.id = any($1::uuid[])
    order by e."customerId", e."occurredAt" ${direction}, e.id ${direction}`,
    [customerIds, ...eventsByTime.bind(page), ...(kinds === null ? [] : [kinds])],
  );
}

export interface PersonalCount {
  readonly customerId: string;
  readonly count: number;
}

export function countOrders(db: Database, customerIds: readonly string[]): Promise<PersonalCount[]> {
  return db.queryBatched(
    `/* events.countOrders */
    select customer_id as "customerId", count(*) as count from orders
    where customer_id = any($1::uuid[]) group by customer_id`,
    [customerIds],
  );
}

export function countEvents(
  db: Database,
  customerIds: readonly string[],
  kinds: readonly string[] | null,
): Promise<PersonalCount[]> {
  return db.query(
    `/* events.countEvents */
    select customer_id as "customerId", count(*) as count from events
    where customer_id = any($1::uuid[]) and ($2::text[] is null or kind = any($2)) group by customer_id`,
    [customerIds, kinds],
  );
}

export function readOrdersByKey(db: Database, keys: readonly PersonalKey[]): Promise<OrderRow[]> {
  return db.queryBatched(
    `/* events.ordersByKey */
    select ${selectList(orders, 'o')} from orders o where o.customer_id = any($1::uuid[]) and o.id = any($2::uuid[])`,
    [[...new Set(keys.map(({ customerId }) => customerId))], keys.map(({ id }) => id)],
  );
}

/** The time is part of the id, and determines the partition. */
export function readEventsByKey(db: Database, keys: readonly PersonalKey[]): Promise<EventRow[]> {
  return db.queryBatched(
    `/* events.eventsByKey */
    select ${eventColumns} from events e
    where e.customer_id = any($1::uuid[]) and e.occurred_at = any($2::timestamptz[]) and e.id = any($3::uuid[])`,
    [
      [...new Set(keys.map(({ customerId }) => customerId))],
      keys.map(({ id }) => new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toISOString()),
      keys.map(({ id }) => id),
    ],
  );
}

/** Lines of orders in their order. */
export function readOrderLines(db: Database, orders: readonly PersonalKey[]): Promise<OrderLineRow[]> {
  return db.queryBatched(
    `/* events.orderLines */
    select l.customer_id as "customerId", l.order_id as "orderId", l.line_number as "lineNumber",
      l.product_id as "productId", l.quantity, l.unit_price as "unitPrice", l.amount, l.repeat_count as "repeatCount"
    from order_lines l where l.customer_id = any($1::uuid[]) and l.order_id = any($2::uuid[])
    order by l.customer_id, l.order_id, l.line_number`,
    [[...new Set(orders.map(({ customerId }) => customerId))], orders.map(({ id }) => id)],
  );
}
