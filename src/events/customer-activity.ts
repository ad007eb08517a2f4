/** Updates customers after changes of their orders: the times of activity, and the queue of changes. */
import { recordChanges } from '#changes/record.ts';
import { enqueueChange } from '#customers/changes.ts';
import type { Database } from '#platform/database/database.ts';

import { guestCustomerId } from './guest.ts';
import { EVENT_KINDS, type OrderRecord, type WrittenOrder } from './orders/writer.ts';
import { type LockedCustomers, SeenRanges } from './locked-customers.ts';

type TouchedOrder = Pick<OrderRecord, 'customerId' | 'kind' | 'placedAtMs'> & { readonly orderId: string };

/** Orders with one of these outcomes. @param written outcomes of the records, in their order */
export function ordersThat(
  outcomes: readonly WrittenOrder['outcome'][],
  records: readonly OrderRecord[],
  written: readonly WrittenOrder[],
): TouchedOrder[] {
  return records.flatMap(({ customerId, kind, placedAtMs }, index) => {
    const { orderId, outcome } = written[index]!;
    return outcomes.includes(outcome) ? [{ customerId, kind, placedAtMs, orderId }] : [];
  });
}

export async function recordActivity(
  tx: Database,
  orders: readonly TouchedOrder[],
  people: LockedCustomers,
  at: Date,
): Promise<void> {
  const sightings = new SeenRanges();
  const facts = new Map<string, Record<string, string>>();
  for (const { customerId, orderId, kind, placedAtMs } of orders) {
    if (customerId === guestCustomerId) continue;
    // The order's timeline entry has its id.
    const changed = { orders: orderId, [`event.${EVENT_KINDS[kind]}`]: orderId };
    facts.set(customerId, { ...facts.get(customerId), ...changed });
    sightings.add(customerId, placedAtMs);
  }
  await sightings.save(tx, people, at);
  await enqueueChange(tx, [...facts.keys()], at, (customerId) => facts.get(customerId)!);
}

/** Writes change-log entries of new and changed orders; sales without a customer have none. */
export async function recordOrderChanges(
  tx: Database,
  records: readonly OrderRecord[],
  written: readonly WrittenOrder[],
  at: Date,
): Promise<void> {
  const changed = records.flatMap(({ customerId, kind }, index) => {
    const { orderId, outcome } = written[index]!;
    if (outcome === 'unchanged' || customerId === guestCustomerId) return [];
    return [
      {
        kind: outcome === 'created' ? ORDER_CHANGES[kind] : 'order_changed',
        customerId,
        subjectId: orderId,
      } as const,
    ];
  });
  await recordChanges(tx, changed, at);
}

const ORDER_CHANGES = {
  sale: 'order_placed',
  return: 'order_returned',
  adjustment: 'order_adjusted',
} as const;

export interface NewOrders {
  readonly source: string;
  /** Only timeline entries recorded at or after it. */
  readonly since: Date;
  /** Ids of customers; null reads all timelines. */
  readonly customerIds: readonly string[] | null;
}

/**
 * As `touchPeople`, for new orders: each customer's row is written once, however many transactions wrote their orders.
 */
export async function recordActivityOfNewOrders(
  tx: Database,
  { source, since, customerIds }: NewOrders,
  at: Date,
): Promise<void> {
  await tx.query(
    `/* events.touchNew */
    with latest_of_kind as (
      select customer_id, kind, min(occurred_at) as first_at, max(occurred_at) as last_at,
        (array_agg(order_id order by occurred_at desc, order_id desc))[1] as order_id
      from events
      where source = $1 and recorded_at >= $2::timestamptz and order_id is not null
        ${customerIds === null ? '' : 'and customer_id = any($4::uuid[])'}
      group by customer_id, kind
    ), touched as (
      select customer_id, least(min(first_at), $3::timestamptz) as first_at, least(max(last_at), $3::timestamptz) as last_at,
        jsonb_build_object('orders', (array_agg(order_id order by last_at desc, order_id desc))[1])
          || jsonb_object_agg('event.' || kind, order_id) as facts
      from latest_of_kind group by customer_id
    ), seen as (
      update customers c
      set first_seen_at = least(c.first_seen_at, touched.first_at), last_seen_at = greatest(c.last_seen_at, touched.last_at),
        updated_at = $3::timestamptz
      from touched
      where c.id = touched.customer_id
        and (c.first_seen_at is null or c.last_seen_at is null or touched.first_at < c.first_seen_at
          or touched.last_at > c.last_seen_at)
    )
    insert into recompute_queue (customer_id, changed_at, facts)
    select customer_id, $3::timestamptz, facts from touched order by customer_id
    on conflict (customer_id) do update
    set changed_at = excluded.changed_at, facts = recompute_queue.facts || excluded.facts`,
    [source, since, at, ...(customerIds === null ? [] : [customerIds])],
  );
}
