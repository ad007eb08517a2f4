/** The time spans that customers were members of segments, each with its causes: the only code that writes `membership_intervals`. */
import { CHANGES_CHANNEL } from '#changes/record.ts';
import type { Database } from '#platform/database/database.ts';

import type { ActiveSegment } from './active-segments.ts';
import type { MembershipCauseName } from '../tables.ts';

export interface MembershipCause {
  readonly cause: MembershipCauseName;
  /** The event or order, where one caused the change. */
  readonly eventId: string | null;
}

/** A customer who enters or leaves a segment. */
export interface MembershipChange {
  readonly customerId: string;
  readonly segment: ActiveSegment;
  readonly cause: MembershipCause;
}

const columnsOf = (changes: readonly MembershipChange[]) => [
  changes.map(({ customerId }) => customerId),
  changes.map(({ segment }) => segment.id),
  changes.map(({ segment }) => segment.ruleVersion),
  changes.map(({ cause }) => cause.cause),
  changes.map(({ cause }) => cause.eventId),
];
const changesTable = `unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::uuid[])
      as change (customer_id, segment_id, version, cause, event_id)`;

/** Leaving and entering again at the same instant reopens the interval instead of adding one. */
const reopenInterval = `on conflict (customer_id, segment_id, entered_at) do update
    set left_at = null, left_version = null, left_cause = null, left_event_id = null`;

export async function openIntervals(
  db: Database,
  changes: readonly MembershipChange[],
  now: Date,
): Promise<void> {
  await db.query(
    `/* segments.openIntervals */
    insert into membership_intervals
      (customer_id, segment_id, entered_at, entered_version, entered_cause, entered_event_id)
    select customer_id, segment_id, $6::timestamptz, version, cause, event_id
    from ${changesTable}
    ${reopenInterval}`,
    [...columnsOf(changes), now],
  );
}

export async function closeIntervals(
  db: Database,
  changes: readonly MembershipChange[],
  now: Date,
): Promise<void> {
  await db.query(
    `/* segments.closeIntervals */
    update membership_intervals stored
    set left_at = greatest($6::timestamptz, stored.entered_at), left_version = change.version,
      left_cause = change.cause, left_event_id = change.event_id
    from ${changesTable}
    where stored.customer_id = any($1::uuid[]) and stored.left_at is null
      and stored.customer_id = change.customer_id and stored.segment_id = change.segment_id`,
    [...columnsOf(changes), now],
  );
}

/** After a merge a customer may have two open intervals of one segment: the earlier one stays. */
export async function mergeIntervals(db: Database, customerIds: readonly string[]): Promise<void> {
  await db.query(
    `/* segments.mergeIntervals */
    delete from membership_intervals stored
    using membership_intervals earlier
    where stored.customer_id = any($1::uuid[]) and stored.left_at is null
      and earlier.customer_id = stored.customer_id and earlier.segment_id = stored.segment_id
      and earlier.left_at is null and earlier.entered_at < stored.entered_at`,
    [customerIds],
  );
}

/** Synchronises the intervals of a segment with its memberships, which have just been written. */
export async function followMemberships(
  db: Database,
  { id, ruleVersion }: Pick<ActiveSegment, 'id' | 'ruleVersion'>,
  cause: MembershipCauseName,
  now: Date,
): Promise<void> {
  // Right after a bulk write the statistics are outdated, and the planner would choose a nested loop over all pairs.
  await db.query(hashSettings);
  // Before the intervals are written, which identify the customers who entered and left.
  await db.query(
    `/* segments.recordAllChanges */
    insert into change_log (kind, customer_id, subject_id, details, recorded_at)
    select 'segment_entered', membership.customer_id, membership.segment_id, jsonb_build_object('cause', $2::text),
      $3::timestamptz
    from segment_memberships membership
    where membership.segment_id = $1
      and not exists (
        select from membership_intervals stored
        where stored.customer_id = membership.customer_id and stored.segment_id = membership.segment_id
          and stored.left_at is null)
    union all
    select 'segment_left', stored.customer_id, stored.segment_id, jsonb_build_object('cause', $2::text),
      $3::timestamptz
    from membership_intervals stored
    where stored.segment_id = $1 and stored.left_at is null
      and not exists (
        select from segment_memberships membership
        where membership.customer_id = stored.customer_id and membership.segment_id = stored.segment_id)`,
    [id, cause, now],
  );
  await db.query(
    `/* segments.openAllIntervals */
    insert into membership_intervals (customer_id, segment_id, entered_at, entered_version, entered_cause)
    select membership.customer_id, membership.segment_id, membership.entered_at, membership.rule_version, $2
    from segment_memberships membership
    where membership.segment_id = $1
      and not exists (
        select from membership_intervals stored
        where stored.customer_id = membership.customer_id and stored.segment_id = membership.segment_id
          and stored.left_at is null)
    ${reopenInterval}`,
    [id, cause],
  );
  await db.query(
    `/* segments.closeAllIntervals */
    update membership_intervals stored
    set left_at = greatest($2::timestamptz, stored.entered_at), left_version = $3, left_cause = $4
    where stored.segment_id = $1 and stored.left_at is null
      and not exists (
        select from segment_memberships membership
        where membership.customer_id = stored.customer_id and membership.segment_id = stored.segment_id)`,
    [id, now, ruleVersion, cause],
  );
  await db.query(usualSettings);
}

const hashSettings = `/* segments.hashSettings */ select set_config('enable_nestloop', 'off', true)`;
/** Also notifies the readers of the change log. */
const usualSettings = `/* segments.usualSettings */
  select set_config(name, reset_val, true), pg_notify('${CHANGES_CHANNEL}', '') from pg_settings where name = 'enable_nestloop'`;
