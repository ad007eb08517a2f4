/** When the passing of time alone may next change memberships: the only code that writes `membership_reevaluations`. */
import { eq } from 'drizzle-orm';

import type { Database } from '#platform/database/database.ts';

import type { ActiveSegment } from './active-segments.ts';
import { compileNextTransition } from '../vocabulary/rule.ts';
import { membershipReevaluations } from '../tables.ts';

/** Maximum number of segments per statement: bounds its text and its plan. */
const SEGMENTS_PER_STATEMENT = 40;

/** A transition time that is not after now would be claimed and scheduled again without end. */
const dueAfterNow = (now: string) => `greatest(computed.due_at, ${now} + interval '1 millisecond')`;
const write = `on conflict (customer_id, segment_id) do update set due_at = excluded.due_at`;

/** Schedules the next evaluation of each of the segments for these customers. */
export async function scheduleReevaluations(
  db: Database,
  segments: readonly ActiveSegment[],
  customerIds: readonly string[],
  now: Date,
): Promise<void> {
  const timeDriven = segments.filter((segment) => segment.isTimeDriven);
  for (let start = 0; start < timeDriven.length; start += SEGMENTS_PER_STATEMENT) {
    await scheduleSome(db, timeDriven.slice(start, start + SEGMENTS_PER_STATEMENT), customerIds, now);
  }
}

async function scheduleSome(
  db: Database,
  segments: readonly ActiveSegment[],
  customerIds: readonly string[],
  now: Date,
): Promise<void> {
  const parameters: unknown[] = [customerIds, now];
  const rows = segments.flatMap(({ id, inlined }) => {
    const next = compileNextTransition(inlined, { now, firstParameter: parameters.length + 2 });
    if (next === null) return [];
    const parameterNumber = parameters.push(id);
    parameters.push(...next.parameters);
    return `($${parameterNumber}::uuid, ${next.sql})`;
  });
  if (rows.length === 0) return;
  await db.query(
    `/* segments.scheduleReevaluations */
    insert into membership_reevaluations (customer_id, segment_id, due_at)
    select c.id, computed.segment_id, ${dueAfterNow('$2::timestamptz')}
    from customers c
    left join customer_profiles p on p.customer_id = c.id
    cross join lateral (values ${rows.join(', ')}) as computed (segment_id, due_at)
    where c.id = any($1::uuid[]) and c.merged_into_id is null and c.erased_at is null and computed.due_at is not null
    ${write}`,
    parameters,
  );
}

/**
 * As `scheduleReevaluations`, for one segment and all customers. Rows whose time did not change are not written. A row
 * that is no longer needed stays, and costs one evaluation that changes nothing.
 */
export async function scheduleForEverybody(db: Database, segment: ActiveSegment, now: Date): Promise<void> {
  const next = segment.isTimeDriven
    ? compileNextTransition(segment.inlined, { now, firstParameter: 3 })
    : null;
  if (next === null) return;
  await db.queryUnprepared(
    `/* segments.scheduleForEverybody */
    insert into membership_reevaluations (customer_id, segment_id, due_at)
    select computed.id, $1::uuid, ${dueAfterNow('$2::timestamptz')}
    from (
      select c.id, ${next.sql} as due_at
      from customers c
      left join customer_profiles p on p.customer_id = c.id
      where c.merged_into_id is null and c.erased_at is null
    ) computed
    where computed.due_at is not null
    except
    select customer_id, segment_id, due_at from membership_reevaluations where segment_id = $1::uuid
    ${write}`,
    [segment.id, now, ...next.parameters],
  );
}

export async function removeReevaluations(db: Database, segmentId: string): Promise<void> {
  await db.orm.delete(membershipReevaluations).where(eq(membershipReevaluations.segmentId, segmentId));
}

export interface DueReevaluation {
  readonly customerId: string;
  readonly segmentId: string;
}

/** The earliest pairs of customer and segment that are due. */
export function readDueReevaluations(db: Database, now: Date, limit: number): Promise<DueReevaluation[]> {
  return db.query<DueReevaluation>(
    `/* segments.dueReevaluations */
    select customer_id as "customerId", segment_id as "segmentId" from membership_reevaluations
    where due_at <= $1::timestamptz
    order by due_at, customer_id, segment_id limit $2`,
    [now, limit],
  );
}

/** Removes the rows that are evaluated now; the evaluation schedules the next time itself. */
export async function claimDue(db: Database, due: readonly DueReevaluation[], now: Date): Promise<void> {
  await db.query(
    `/* segments.claimDue */
    delete from membership_reevaluations scheduled
    using unnest($1::uuid[], $2::uuid[]) as claimed (customer_id, segment_id)
    where scheduled.customer_id = any($1::uuid[]) and scheduled.customer_id = claimed.customer_id
      and scheduled.segment_id = claimed.segment_id and scheduled.due_at <= $3::timestamptz`,
    [due.map(({ customerId }) => customerId), due.map(({ segmentId }) => segmentId), now],
  );
}
