/** Since when and why people were in segments: the only code that writes `segment_stays`. Decides no membership. */
import type { Database } from '#platform/database/database.ts';

import type { LiveSegment } from './active-segments.ts';
import type { MembershipCauseName } from '../tables.ts';

export interface Occasion {
  readonly cause: MembershipCauseName;
  /** The event or order, where one brought the change about. */
  readonly eventId: string | null;
}

/** A person who comes into a segment or leaves it. */
export interface Passage {
  readonly customerId: string;
  readonly segment: LiveSegment;
  readonly occasion: Occasion;
}

const columnsOf = (passages: readonly Passage[]) => [
  passages.map(({ customerId }) => customerId),
  passages.map(({ segment }) => segment.id),
  passages.map(({ segment }) => segment.ruleVersion),
  passages.map(({ occasion }) => occasion.cause),
  passages.map(({ occasion }) => occasion.eventId),
];
const passagesTable = `unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::uuid[])
      as passage (customer_id, segment_id, version, cause, event_id)`;

/** Out and in again at one instant is a stay that goes on. */
const goOn = `on conflict (customer_id, segment_id, entered_at) do update
    set left_at = null, left_version = null, left_cause = null, left_event_id = null`;

export async function openStays(db: Database, passages: readonly Passage[], now: Date): Promise<void> {
  await db.query(
    `/* segments.openStays */
    insert into segment_stays
      (customer_id, segment_id, entered_at, entered_version, entered_cause, entered_event_id)
    select customer_id, segment_id, $6::timestamptz, version, cause, event_id
    from ${passagesTable}
    ${goOn}`,
    [...columnsOf(passages), now],
  );
}

export async function closeStays(db: Database, passages: readonly Passage[], now: Date): Promise<void> {
  await db.query(
    `/* segments.closeStays */
    update segment_stays stay
    set left_at = greatest($6::timestamptz, stay.entered_at), left_version = passage.version,
      left_cause = passage.cause, left_event_id = passage.event_id
    from ${passagesTable}
    where stay.customer_id = any($1::uuid[]) and stay.left_at is null
      and stay.customer_id = passage.customer_id and stay.segment_id = passage.segment_id`,
    [...columnsOf(passages), now],
  );
}

/** Of two stays that go on, which people had who are one now, the earlier is kept. */
export async function joinStays(db: Database, customerIds: readonly string[]): Promise<void> {
  await db.query(
    `/* segments.joinStays */
    delete from segment_stays stay
    using segment_stays earlier
    where stay.customer_id = any($1::uuid[]) and stay.left_at is null
      and earlier.customer_id = stay.customer_id and earlier.segment_id = stay.segment_id
      and earlier.left_at is null and earlier.entered_at < stay.entered_at`,
    [customerIds],
  );
}

/** Makes the stays of a segment agree with its memberships, which have just been written. */
export async function followMemberships(
  db: Database,
  { id, ruleVersion }: Pick<LiveSegment, 'id' | 'ruleVersion'>,
  cause: MembershipCauseName,
  now: Date,
): Promise<void> {
  // Right after a bulk write the planner believes in few rows, and would compare each with all others.
  await db.query(hashSettings);
  await db.query(
    `/* segments.openAllStays */
    insert into segment_stays (customer_id, segment_id, entered_at, entered_version, entered_cause)
    select membership.customer_id, membership.segment_id, membership.entered_at, membership.rule_version, $2
    from segment_memberships membership
    where membership.segment_id = $1
      and not exists (
        select from segment_stays stay
        where stay.customer_id = membership.customer_id and stay.segment_id = membership.segment_id
          and stay.left_at is null)
    ${goOn}`,
    [id, cause],
  );
  await db.query(
    `/* segments.closeAllStays */
    update segment_stays stay
    set left_at = greatest($2::timestamptz, stay.entered_at), left_version = $3, left_cause = $4
    where stay.segment_id = $1 and stay.left_at is null
      and not exists (
        select from segment_memberships membership
        where membership.customer_id = stay.customer_id and membership.segment_id = stay.segment_id)`,
    [id, now, ruleVersion, cause],
  );
  await db.query(usualSettings);
}

const hashSettings = `/* segments.hashSettings */ select set_config('enable_nestloop', 'off', true)`;
const usualSettings = `/* segments.usualSettings */
  select set_config(name, reset_val, true) from pg_settings where name = 'enable_nestloop'`;
