/** Reads of memberships at an instant. Writes nothing. */
import type { CustomerRow } from '#customers/queries.ts';
import type { Page } from '#graphql/connections.ts';
import { keyset } from '#graphql/keyset.ts';
import type { Database } from '#platform/database/database.ts';
import { type RowOf, selectList } from '#platform/database/rows.ts';

import { wholeCustomer } from '../queries.ts';
import { membershipIntervals } from '../tables.ts';

export type MembershipIntervalRow = RowOf<typeof membershipIntervals>;

const intervalColumns = selectList(membershipIntervals, 'span');

export const intervalsByEntry = keyset<MembershipIntervalRow>(
  'segmentHistory.entered',
  [
    ['span.entered_at', 'instant', ({ enteredAt }) => enteredAt],
    ['span.segment_id', 'id', ({ segmentId }) => segmentId],
  ],
  { isDescending: true },
);

const intervalPage = intervalsByEntry.texts(
  ({ where, orderBy, direction, limit }) => `/* segments.intervals */
  select found.*
  from customers c
  cross join lateral (
    select ${intervalColumns}
    from membership_intervals span
    where span.customer_id = c.id and ${where}
    order by ${orderBy} limit ${limit}
  ) found
  where c.id = any($1::uuid[])
  order by c.id, found."enteredAt" ${direction}, found."segmentId" ${direction}`,
);

/** Intervals of each of these customers, last entered first, one page for each customer. */
export function readIntervals(
  db: Database,
  customerIds: readonly string[],
  page: Page,
): Promise<MembershipIntervalRow[]> {
  return db.query<MembershipIntervalRow>(intervalPage(page), [customerIds, ...intervalsByEntry.bind(page)]);
}

export function countIntervals(
  db: Database,
  customerIds: readonly string[],
): Promise<{ customerId: string; count: number }[]> {
  return db.query(
    `/* segments.countIntervals */
    select customer_id as "customerId", count(*) as count
    from membership_intervals where customer_id = any($1::uuid[]) group by customer_id`,
    [customerIds],
  );
}

/** A customer who was in a segment at an instant. */
export interface PastMemberRow extends CustomerRow {
  readonly segmentId: string;
  readonly enteredAt: Date;
  readonly leftAt: Date | null;
}

/** A merged customer may have two overlapping intervals: the earlier one counts. */
const wasIn = (at: string) => `span.entered_at <= ${at} and (span.left_at is null or span.left_at > ${at})
      and not exists (
        select from membership_intervals earlier
        where earlier.customer_id = span.customer_id and earlier.segment_id = span.segment_id
          and earlier.entered_at < span.entered_at and (earlier.left_at is null or earlier.left_at > ${at}))`;

export const membersAtByEntry = keyset<PastMemberRow>(
  'membersAt.entered',
  [
    ['span.entered_at', 'instant', ({ enteredAt }) => enteredAt],
    ['span.customer_id', 'id', ({ id }) => id],
  ],
  { isDescending: true },
);

const memberPage = membersAtByEntry.texts(
  ({ where, orderBy, direction, limit }) => `/* segments.membersAt */
  select segments.id as "segmentId", found.*
  from segments
  cross join lateral (
    select span.entered_at as "enteredAt", span.left_at as "leftAt", ${wholeCustomer}
    from membership_intervals span
    join customers c on c.id = span.customer_id and c.merged_into_id is null and c.erased_at is null
    where span.segment_id = segments.id and ${wasIn('$7::timestamptz')} and ${where}
    order by ${orderBy} limit ${limit}
  ) found
  where segments.id = any($1::uuid[])
  order by segments.id, found."enteredAt" ${direction}, found.id ${direction}`,
);

/** Members of each of these segments at an instant, last entered first, one page for each segment. */
export function readMembersAt(
  db: Database,
  segmentIds: readonly string[],
  at: Date,
  page: Page,
): Promise<PastMemberRow[]> {
  return db.query<PastMemberRow>(memberPage(page), [segmentIds, ...membersAtByEntry.bind(page), at]);
}

export function countMembersAt(
  db: Database,
  segmentIds: readonly string[],
  at: Date,
): Promise<{ segmentId: string; count: number }[]> {
  return db.query(
    `/* segments.sizesAt */
    select span.segment_id as "segmentId", count(*) as count
    from membership_intervals span
    join customers c on c.id = span.customer_id and c.merged_into_id is null and c.erased_at is null
    where span.segment_id = any($1::uuid[]) and ${wasIn('$2::timestamptz')}
    group by span.segment_id`,
    [segmentIds, at],
  );
}
