/** Reads of segments and their members. Writes nothing. */
import { customerColumns, type CustomerRow, selectCustomers } from '#customers/queries.ts';
import type { Page } from '#graphql/connections.ts';
import { keyset } from '#graphql/keyset.ts';
import { namedResource } from '#named-resources/named-resource.ts';
import type { Database } from '#platform/database/database.ts';
import { columnsOf, type RowOf, selectList } from '#platform/database/rows.ts';

import { SegmentKeyTakenError } from './errors.ts';
import { segments } from './tables.ts';

export type SegmentRow = RowOf<typeof segments>;
export type SegmentColumn = keyof SegmentRow;
export const everySegmentColumn: readonly SegmentColumn[] = columnsOf(segments);

export const segmentResource = namedResource(segments, {
  noun: 'segment',
  name: 'segments',
  keyTaken: (key) => new SegmentKeyTakenError(key),
});

/** A segment of a customer. */
export interface CustomerSegmentRow extends SegmentRow {
  readonly customerId: string;
  readonly segmentId: string;
  readonly enteredAt: Date;
}

export interface CustomerSegmentPage {
  readonly page: Page;
  /** Includes the id. */
  readonly columns: readonly SegmentColumn[];
}

export const membershipsByEntry = keyset<CustomerSegmentRow>(
  'memberships.entered',
  [
    ['membership.entered_at', 'instant', ({ enteredAt }) => enteredAt],
    ['membership.segment_id', 'id', ({ segmentId }) => segmentId],
  ],
  { isDescending: true },
);

/**
 * The active segments of each of these customers, last entered first, one page for each customer. Rows contain only the
 * selected columns of the segment.
 */
export function readSegmentsOfCustomers(
  db: Database,
  customerIds: readonly string[],
  { page, columns }: CustomerSegmentPage,
): Promise<CustomerSegmentRow[]> {
  const { where, orderBy, direction, limit } = membershipsByEntry.textOf(page);
  return db.queryBatched<CustomerSegmentRow>(
    `/* segments.ofCustomers */
  select c.id as "customerId", found.*, found.id as "segmentId"
  from customers c
  cross join lateral (
    select membership.entered_at as "enteredAt", ${selectList(segments, 'segments', columns)}
    from segment_memberships membership
    join segments on segments.id = membership.segment_id and segments.archived_at is null
    where membership.customer_id = c.id and ${where}
    order by ${orderBy} limit ${limit}
  ) found
  where c.id = any($1::uuid[])
  order by c.id, found."enteredAt" ${direction}, found.id ${direction}`,
    [customerIds, ...membershipsByEntry.bind(page)],
  );
}

/** Number of active segments of each of these customers; those in none are missing. */
export function countSegmentsOfCustomers(
  db: Database,
  customerIds: readonly string[],
): Promise<{ customerId: string; count: number }[]> {
  return db.queryBatched(
    `/* segments.countOfCustomers */
    select membership.customer_id as "customerId", count(*) as count
    from segment_memberships membership
    join segments on segments.id = membership.segment_id and segments.archived_at is null
    where membership.customer_id = any($1::uuid[])
    group by membership.customer_id`,
    [customerIds],
  );
}

/** A member of a segment. */
export interface MemberRow extends CustomerRow {
  readonly customerId: string;
  readonly segmentId: string;
  readonly enteredAt: Date;
}

/** The select list of a `CustomerRow`, from `customers c`. */
export const wholeCustomer = selectCustomers('c', customerColumns);

export const membersByEntry = keyset<MemberRow>(
  'segment.entered',
  [
    ['membership.entered_at', 'instant', ({ enteredAt }) => enteredAt],
    ['membership.customer_id', 'id', ({ id }) => id],
  ],
  { isDescending: true },
);

const memberPage = membersByEntry.texts(
  ({ where, orderBy, direction, limit }) => `/* segments.members */
  select segments.id as "segmentId", found.*, found.id as "customerId"
  from segments
  cross join lateral (
    select membership.entered_at as "enteredAt", ${wholeCustomer}
    from segment_memberships membership
    join customers c on c.id = membership.customer_id and c.merged_into_id is null and c.erased_at is null
    where membership.segment_id = segments.id and ${where}
    order by ${orderBy} limit ${limit}
  ) found
  where segments.id = any($1::uuid[])
  order by segments.id, found."enteredAt" ${direction}, found.id ${direction}`,
);

/** Members of each of these segments, last entered first, one page for each segment. */
export function readMembers(db: Database, segmentIds: readonly string[], page: Page): Promise<MemberRow[]> {
  return db.query<MemberRow>(memberPage(page), [segmentIds, ...membersByEntry.bind(page)]);
}

/** Number of members of each of these segments; empty ones are missing. */
export function countMembers(
  db: Database,
  segmentIds: readonly string[],
): Promise<{ segmentId: string; count: number }[]> {
  return db.query(
    `/* segments.sizes */
    select membership.segment_id as "segmentId", count(*) as count
    from segment_memberships membership
    join customers c on c.id = membership.customer_id and c.merged_into_id is null and c.erased_at is null
    where membership.segment_id = any($1::uuid[])
    group by membership.segment_id`,
    [segmentIds],
  );
}
