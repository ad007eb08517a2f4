/** Reads of purchases, packed for the models. Writes nothing. */
import { guestCustomerId } from '#events/guest.ts';
import { isCountedLine } from '#events/orders/purchases.ts';
import type { Database } from '#platform/database/database.ts';

import { EDGE_KINDS, type EdgeKind } from './algorithms/social.ts';

/**
 * All counted order lines of one customer as three byte strings with one entry per line, in one order. For a page of 20
 * customers with 30 lines each it took 0.55 ms, against 2.1 ms for arrays aggregated by product and 1.2 ms for arrays
 * of plain lines: most of the rest was spent on parsing text.
 */
export interface PackedLines {
  readonly customerId: string;
  /** 16 bytes each. */
  readonly productIds: Uint8Array;
  /** Microseconds since 2000-01-01, int64 big-endian. */
  readonly placedAt: Uint8Array;
  /** Units, int32 big-endian; negative where returned. */
  readonly quantities: Uint8Array;
}

const PACKED = `customer_id as "customerId",
  string_agg(uuid_send(product_id), ''::bytea) as "productIds",
  string_agg(timestamptz_send(placed_at), ''::bytea) as "placedAt",
  string_agg(int4send(quantity), ''::bytea) as quantities`;

/** One row per customer with counted order lines; served by the primary key of order_lines. */
export function readLines(db: Database, customerIds: readonly string[]): Promise<PackedLines[]> {
  return db.queryBatched(
    `/* recommendations.lines */
    select ${PACKED} from order_lines l
    where customer_id = any($1::uuid[]) and ${isCountedLine('l')} group by customer_id`,
    [customerIds],
  );
}

/** The next customers after an id, in the order of their ids. Guests have no history. Visits every shard. */
export function readLinesAfter(db: Database, afterId: string, limit: number): Promise<PackedLines[]> {
  return db.query(
    `/* recommendations.linesAfter */
    select ${PACKED} from order_lines l where customer_id > $1::uuid and ${isCountedLine('l')}
    group by customer_id order by customer_id limit $2`,
    [afterId, limit],
  );
}

export interface ViewedSession {
  readonly customerId: string;
  readonly beganAt: Date;
  /** 16 bytes each; null for the row of a customer without a session. */
  readonly productIds: Uint8Array | null;
}

/** Sessions since an instant of the next customers after an id, in the order of their ids. Visits every shard. */
export function readViewsAfter(
  db: Database,
  afterId: string,
  since: Date,
  customerCount: number,
): Promise<ViewedSession[]> {
  return db.query(
    `/* recommendations.viewsAfter */
    with people as (
      select id from customers where id > $1::uuid order by id limit $3
    )
    select p.id as "customerId", min(e.occurred_at) as "beganAt",
      string_agg(uuid_send(e.product_id), ''::bytea) as "productIds"
    from people p left join events e on e.customer_id = p.id and e.occurred_at >= $2::timestamptz
      and e.product_id is not null and e.session_id is not null
    group by p.id, e.session_id order by p.id`,
    [afterId, since, customerCount],
  );
}

export interface ClosestRow {
  readonly customerId: string;
  readonly otherId: string;
  readonly kind: EdgeKind;
}

/**
 * The connections of customers, closest first, at most `limit` each. Followers are excluded, since they are no evidence
 * of taste.
 */
export function readClosest(
  db: Database,
  customerIds: readonly string[],
  limit: number,
): Promise<ClosestRow[]> {
  return db.queryBatched(
    `/* recommendations.closest */
    select found."customerId", found."otherId", found.kind from customers c cross join lateral (
      select customer_id as "customerId", other_id as "otherId", kind,
        row_number() over (order by array_position($2::text[], kind), recorded_at desc, other_id, direction) as place
      from customer_connections
      where customer_id = c.id and (kind <> 'follow' or direction = 'outgoing')
      order by place limit $3
    ) found
    where c.id = any($1::uuid[]) order by found."customerId", found.place`,
    [customerIds, EDGE_KINDS, limit],
  );
}

/** Of the shop, not of a customer: visits shards until one has a connection. */
export async function hasConnections(db: Database): Promise<boolean> {
  const rows = await db.query(
    '/* recommendations.hasConnections */ select 1 from customer_connections limit 1',
  );
  return rows.length > 0;
}

export interface WeakSignal {
  readonly customerId: string;
  readonly productId: string;
  readonly kind: string;
}

/** The products that customers last viewed or put into their cart, newest first, at most `limit` each. */
export function readWeakSignals(
  db: Database,
  customerIds: readonly string[],
  kinds: readonly string[],
  limit: number,
): Promise<WeakSignal[]> {
  return db.queryBatched(
    `/* recommendations.weakSignals */
    select c.id as "customerId", e.product_id as "productId", e.kind
    from customers c cross join lateral (
      select product_id, kind, occurred_at, id from events
      where customer_id = c.id and kind = any($2::text[]) and product_id is not null
      order by occurred_at desc, id desc limit $3
    ) e
    where c.id = any($1::uuid[]) order by c.id, e.occurred_at desc, e.id desc`,
    [customerIds, kinds, limit],
  );
}

/** The id that sorts before every customer's. */
export const BEFORE_ALL_CUSTOMERS = guestCustomerId;

export interface CountryRow {
  readonly id: string;
  readonly country: string | null;
}

/** Only active customers, without merged and erased ones. */
export function readCountries(db: Database, customerIds: readonly string[]): Promise<CountryRow[]> {
  return db.query(
    `/* recommendations.countries */
    select id, country from customers
    where id = any($1::uuid[]) and merged_into_id is null and erased_at is null`,
    [customerIds],
  );
}

export interface ProductWords {
  readonly id: string;
  /** Name, brand, category and keywords in one. */
  readonly text: string;
}

/**
 * Every product, including archived ones, which are still evidence of taste; no services. Words of the brand match only
 * each other.
 */
export function readProductWords(db: Database): Promise<ProductWords[]> {
  return db.query(
    `/* recommendations.productWords */
    select p.id, concat_ws(' ', p.name, 'brand:' || replace(p.brand, ' ', ''),
      'category:' || regexp_replace(p.category, '[^[:alnum:]]+', '', 'g'), p.category, k.words) as text
    from products p left join (
      select product_id, string_agg(keyword, ' ' order by weight desc, keyword) as words
      from product_keywords group by product_id
    ) k on k.product_id = p.id
    where p.kind = 'product' order by p.id`,
  );
}

export interface MemberRow {
  readonly segment: string;
  /** 16 bytes each, ascending. */
  readonly customerIds: Uint8Array;
}

/** Members of each segment in use. Visits every shard. */
export function readSegmentMembers(db: Database): Promise<MemberRow[]> {
  return db.query(
    `/* recommendations.segmentMembers */
    select s.name as segment, string_agg(uuid_send(m.customer_id), ''::bytea order by m.customer_id) as "customerIds"
    from segments s join segment_memberships m on m.segment_id = s.id
    where s.archived_at is null group by s.id, s.name order by s.name, s.id`,
  );
}

export interface CustomerSegment {
  readonly customerId: string;
  readonly segment: string;
}

export function readSegmentsOf(db: Database, customerIds: readonly string[]): Promise<CustomerSegment[]> {
  return db.queryBatched(
    `/* recommendations.segmentsOf */
    select m.customer_id as "customerId", s.name as segment
    from segment_memberships m join segments s on s.id = m.segment_id
    where m.customer_id = any($1::uuid[]) and s.archived_at is null`,
    [customerIds],
  );
}
