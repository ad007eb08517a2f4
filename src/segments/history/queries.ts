/** Reads of who was in which segment, and when. Writes nothing. */
import type { CustomerRow } from '#customers/queries.ts';
import type { Page } from '#graphql/connections.ts';
import { keyset } from '#graphql/keyset.ts';
import type { Database } from '#platform/database/database.ts';

import { wholeCustomer } from '../queries.ts';
import type { MembershipCauseName } from '../tables.ts';

/** A stay of a person in a segment. */
export interface StayRow {
  readonly customerId: string;
  readonly segmentId: string;
  readonly enteredAt: Date;
  readonly enteredVersion: number;
  readonly enteredCause: MembershipCauseName;
  readonly enteredEventId: string | null;
  readonly leftAt: Date | null;
  readonly leftVersion: number | null;
  readonly leftCause: MembershipCauseName | null;
  readonly leftEventId: string | null;
}

const stayColumns = `stay.customer_id as "customerId", stay.segment_id as "segmentId", stay.entered_at as "enteredAt",
      stay.entered_version as "enteredVersion", stay.entered_cause as "enteredCause",
      stay.entered_event_id as "enteredEventId", stay.left_at as "leftAt", stay.left_version as "leftVersion",
      stay.left_cause as "leftCause", stay.left_event_id as "leftEventId"`;

export const staysByEntry = keyset<StayRow>(
  'segmentHistory.entered',
  [
    ['stay.entered_at', 'instant', ({ enteredAt }) => enteredAt],
    ['stay.segment_id', 'id', ({ segmentId }) => segmentId],
  ],
  { isDescending: true },
);

const stayPage = staysByEntry.texts(
  ({ where, orderBy, direction, limit }) => `/* segments.stays */
  select found.*
  from customers c
  cross join lateral (
    select ${stayColumns}
    from membership_intervals stay
    where stay.customer_id = c.id and ${where}
    order by ${orderBy} limit ${limit}
  ) found
  where c.id = any($1::uuid[])
  order by c.id, found."enteredAt" ${direction}, found."segmentId" ${direction}`,
);

/** Intervals of each of these customers, last entered first, one page for each customer. */
export function readStays(db: Database, customerIds: readonly string[], page: Page): Promise<StayRow[]> {
  return db.query<StayRow>(stayPage(page), [customerIds, ...staysByEntry.bind(page)]);
}

export function countStays(
  db: Database,
  customerIds: readonly string[],
): Promise<{ customerId: string; count: number }[]> {
  return db.query(
    `/* segments.countStays */
    select customer_id as "customerId", count(*) as count
    from membership_intervals where customer_id = any($1::uuid[]) group by customer_id`,
    [customerIds],
  );
}

/** A person who was in a segment at some instant. */
export interface PastMemberRow extends CustomerRow {
  readonly segmentId: string;
  readonly enteredAt: Date;
  readonly leftAt: Date | null;
}

/** Whoever became one person may have had two stays at once: the earlier one counts. */
const wasIn = (at: string) => `stay.entered_at <= ${at} and (stay.left_at is null or stay.left_at > ${at})
      and not exists (
        select from membership_intervals earlier
        where earlier.customer_id = stay.customer_id and earlier.segment_id = stay.segment_id
          and earlier.entered_at < stay.entered_at and (earlier.left_at is null or earlier.left_at > ${at}))`;

export const membersAtByEntry = keyset<PastMemberRow>(
  'membersAt.entered',
  [
    ['stay.entered_at', 'instant', ({ enteredAt }) => enteredAt],
    ['stay.customer_id', 'id', ({ id }) => id],
  ],
  { isDescending: true },
);

const memberPage = membersAtByEntry.texts(
  ({ where, orderBy, direction, limit }) => `/* segments.membersAt */
  select segments.id as "segmentId", found.*
  from segments
  cross join lateral (
    select stay.entered_at as "enteredAt", stay.left_at as "leftAt", ${wholeCustomer}
    from membership_intervals stay
    join customers c on c.id = stay.customer_id and c.merged_into_id is null and c.erased_at is null
    where stay.segment_id = segments.id and ${wasIn('$7::timestamptz')} and ${where}
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
    select stay.segment_id as "segmentId", count(*) as count
    from membership_intervals stay
    join customers c on c.id = stay.customer_id and c.merged_into_id is null and c.erased_at is null
    where stay.segment_id = any($1::uuid[]) and ${wasIn('$2::timestamptz')}
    group by stay.segment_id`,
    [segmentIds, at],
  );
}
