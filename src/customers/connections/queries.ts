/** Reads of connections, of many people at a time. Writes nothing. */
import type { Page } from '#graphql/connections.ts';
import type { Database } from '#platform/database/database.ts';

import type { ConnectionKind, Side } from './connection.ts';

export interface ConnectionRow extends Side {
  readonly source: string;
  /** Null where the source did not say. */
  readonly beganAt: Date | null;
  readonly recordedAt: Date;
}

export interface ConnectionPage {
  readonly page: Page;
  /** Null for all. */
  readonly kinds: readonly ConnectionKind[] | null;
}

/** A page of each person's connections, last written down first. */
export function readConnectionPages(
  db: Database,
  customerIds: readonly string[],
  { page, kinds }: ConnectionPage,
): Promise<ConnectionRow[]> {
  return db.query(page.isBackward ? pages.backward : pages.forward, [
    customerIds,
    kinds,
    ...(page.after ?? NO_PLACE),
    ...(page.before ?? NO_PLACE),
    page.limit,
  ]);
}

const NO_PLACE = [null, null, null, null];
const PLACE = '(recorded_at, other_id, kind, direction)';

const pageIn = (order: 'asc' | 'desc') => `/* connections.pages */
  select found.* from customers c cross join lateral (
    select customer_id as "customerId", other_id as "otherId", kind, direction, source, began_at as "beganAt",
      recorded_at as "recordedAt"
    from customer_connections
    where customer_id = c.id and ($2::text[] is null or kind = any($2::text[]))
      and ($3::timestamptz is null or ${PLACE} < ($3::timestamptz, $4::uuid, $5::text, $6::text))
      and ($7::timestamptz is null or ${PLACE} > ($7::timestamptz, $8::uuid, $9::text, $10::text))
    order by recorded_at ${order}, other_id ${order}, kind ${order}, direction ${order} limit $11
  ) found
  where c.id = any($1::uuid[])
  order by found."customerId", found."recordedAt" ${order}, found."otherId" ${order}, found.kind ${order},
    found.direction ${order}`;
const pages = { forward: pageIn('desc'), backward: pageIn('asc') };

export function countConnections(
  db: Database,
  customerIds: readonly string[],
  kinds: readonly ConnectionKind[] | null,
): Promise<{ readonly customerId: string; readonly count: number }[]> {
  return db.query(
    `/* connections.count */
    select customer_id as "customerId", count(*) as count from customer_connections
    where customer_id = any($1::uuid[]) and ($2::text[] is null or kind = any($2::text[])) group by customer_id`,
    [customerIds, kinds],
  );
}
