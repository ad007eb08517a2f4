/** Reads of connections of many customers. Writes nothing. */
import type { Page } from '#graphql/connections.ts';
import { keyset } from '#graphql/keyset.ts';
import type { Database } from '#platform/database/database.ts';

import { selectList } from '#platform/database/rows.ts';

import { customerConnections } from '../tables.ts';
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

export const connectionsByRecording = keyset<ConnectionRow>(
  'connections.recorded',
  [
    ['recorded_at', 'instant', ({ recordedAt }) => recordedAt],
    ['other_id', 'id', ({ otherId }) => otherId],
    ['kind', 'text', ({ kind }) => kind],
    ['direction', 'text', ({ direction }) => direction],
  ],
  { isDescending: true, firstParameter: 3 },
);

const connectionPage = connectionsByRecording.texts(
  ({ where, orderBy, direction, limit }) => `/* connections.pages */
  select found.* from customers c cross join lateral (
    select ${selectList(customerConnections, 'customer_connections')}
    from customer_connections
    where customer_id = c.id and ($2::text[] is null or kind = any($2::text[])) and ${where}
    order by ${orderBy} limit ${limit}
  ) found
  where c.id = any($1::uuid[])
  order by found."customerId", found."recordedAt" ${direction}, found."otherId" ${direction}, found.kind ${direction},
    found.direction ${direction}`,
);

/** A page of each customer's connections, last recorded first. */
export function readConnectionPages(
  db: Database,
  customerIds: readonly string[],
  { page, kinds }: ConnectionPage,
): Promise<ConnectionRow[]> {
  return db.query(connectionPage(page), [customerIds, kinds, ...connectionsByRecording.bind(page)]);
}

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
