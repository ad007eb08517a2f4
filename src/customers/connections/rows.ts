/** Rows of connections: the only code that writes `customer_connections`. */
import type { Database } from '#platform/database/database.ts';
import { selectList } from '#platform/database/rows.ts';

import { type Pair, pairKey, pairOf, type Side, sidesOf } from './connection.ts';
import { customerConnections } from '../tables.ts';

export interface StoredPair extends Pair {
  readonly source: string;
  /** Null where the source did not say. */
  readonly beganAt: Date | null;
  readonly recordedAt: Date;
}

type SideRow = Side & Omit<StoredPair, keyof Pair>;

const COLUMNS = selectList(customerConnections, 'customer_connections');

/** Connections between customers of the two lists, by `pairKey`. */
export async function readPairs(
  db: Database,
  someIds: readonly string[],
  otherIds: readonly string[],
): Promise<Map<string, StoredPair>> {
  const rows = await db.query<SideRow>(
    `/* connections.between */
    select ${COLUMNS} from customer_connections
    where customer_id = any($1::uuid[]) and other_id = any($2::uuid[])`,
    [someIds, otherIds],
  );
  return new Map(rows.map(toPair).map((pair) => [pairKey(pair), pair]));
}

function toPair({ source, beganAt, recordedAt, ...side }: SideRow): StoredPair {
  return { ...pairOf(side), source, beganAt, recordedAt };
}

/** @param ifKnown whether source and start of an existing connection are replaced */
export async function writePairs(
  db: Database,
  pairs: readonly StoredPair[],
  ifKnown: 'replace' | 'keep',
): Promise<void> {
  if (pairs.length === 0) return;
  const rows = pairs.flatMap((pair) => sidesOf(pair).map((side) => ({ ...pair, ...side })));
  await db.query(ifKnown === 'replace' ? `${INSERT} ${REPLACE}` : `${INSERT} do nothing`, [
    ...keyColumns(rows),
    rows.map(({ source }) => source),
    rows.map(({ beganAt }) => beganAt?.toISOString() ?? null),
    rows.map(({ recordedAt }) => recordedAt.toISOString()),
  ]);
}

// In the order of the key, so that concurrent writers wait in one direction only.
const INSERT = `/* connections.write */
  insert into customer_connections (customer_id, other_id, kind, direction, source, began_at, recorded_at)
  select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
    as side(customer_id, other_id, kind, direction)
  order by customer_id, other_id, kind, direction
  on conflict (customer_id, other_id, kind, direction)`;
const REPLACE = 'do update set source = excluded.source, began_at = excluded.began_at';

/** @returns number of deleted connections */
export async function deletePairs(db: Database, pairs: readonly Pair[]): Promise<number> {
  if (pairs.length === 0) return 0;
  const rows = await db.query(
    `/* connections.delete */
    delete from customer_connections as connection
    using unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) as gone(customer_id, other_id, kind, direction)
    where connection.customer_id = any($1::uuid[]) and connection.customer_id = gone.customer_id
      and connection.other_id = gone.other_id and connection.kind = gone.kind
      and connection.direction = gone.direction
    returning 1`,
    keyColumns(pairs.flatMap(sidesOf)),
  );
  return rows.length / 2;
}

function keyColumns(sides: readonly Side[]): readonly (readonly string[])[] {
  return [
    sides.map(({ customerId }) => customerId),
    sides.map(({ otherId }) => otherId),
    sides.map(({ kind }) => kind),
    sides.map(({ direction }) => direction),
  ];
}

/**
 * Deletes all connections of these customers, on both sides, and returns them. Call while the customers are locked: a
 * writer of a connection locks both sides, so that nothing changes in between.
 */
export async function takePairsOf(
  db: Database,
  customerIds: readonly string[],
): Promise<readonly StoredPair[]> {
  const rows = await db.query<SideRow>(
    `/* connections.takeOwn */
    delete from customer_connections where customer_id = any($1::uuid[]) returning ${COLUMNS}`,
    [customerIds],
  );
  if (rows.length === 0) return [];
  const otherIds = [...new Set(rows.map(({ otherId }) => otherId))];
  // Another merge may be moving the other side concurrently.
  await db.query(
    '/* connections.lockOthers */ select 1 from customers where id = any($1::uuid[]) order by id for no key update',
    [otherIds],
  );
  await db.query(
    `/* connections.takeOthers */
    delete from customer_connections where customer_id = any($1::uuid[]) and other_id = any($2::uuid[])`,
    [otherIds, customerIds],
  );
  return [...new Map(rows.map(toPair).map((pair) => [pairKey(pair), pair])).values()];
}
