/** When time alone may next move people in or out: the only code that writes `segment_dues`. Decides no membership. */
import type { Database } from '#platform/database/database.ts';

import type { LiveSegment } from './active-segments.ts';
import { compileNextChange } from '../vocabulary/rule.ts';

/** Segments per statement: bounds its text and its plan. */
const SEGMENTS_PER_STATEMENT = 40;

/** A moment that is not after now would be swept for ever. */
const dueAfterNow = (now: string) => `greatest(said.due_at, ${now} + interval '1 millisecond')`;
const write = `on conflict (customer_id, segment_id) do update set due_at = excluded.due_at`;

/** Notes for these people when each of the segments is to be looked at again. */
export async function noteDues(
  db: Database,
  segments: readonly LiveSegment[],
  customerIds: readonly string[],
  now: Date,
): Promise<void> {
  const moving = segments.filter((segment) => segment.isTimeDriven);
  for (let start = 0; start < moving.length; start += SEGMENTS_PER_STATEMENT) {
    await noteSome(db, moving.slice(start, start + SEGMENTS_PER_STATEMENT), customerIds, now);
  }
}

async function noteSome(
  db: Database,
  segments: readonly LiveSegment[],
  customerIds: readonly string[],
  now: Date,
): Promise<void> {
  const parameters: unknown[] = [customerIds, now];
  const rows = segments.flatMap(({ id, inlined }) => {
    const next = compileNextChange(inlined, { now, firstParameter: parameters.length + 2 });
    if (next === null) return [];
    const place = parameters.push(id);
    parameters.push(...next.parameters);
    return `($${place}::uuid, ${next.sql})`;
  });
  if (rows.length === 0) return;
  await db.query(
    `/* segments.noteDues */
    insert into segment_dues (customer_id, segment_id, due_at)
    select c.id, said.segment_id, ${dueAfterNow('$2::timestamptz')}
    from customers c
    left join customer_profiles p on p.customer_id = c.id
    cross join lateral (values ${rows.join(', ')}) as said (segment_id, due_at)
    where c.id = any($1::uuid[]) and c.merged_into_id is null and c.erased_at is null and said.due_at is not null
    ${write}`,
    parameters,
  );
}

/**
 * As `noteDues`, for one segment and everybody. Most moments are where they were, and
 * are not written again. One that no longer matters stays, and is looked at in vain once.
 */
export async function noteAllDues(db: Database, segment: LiveSegment, now: Date): Promise<void> {
  const next = segment.isTimeDriven ? compileNextChange(segment.inlined, { now, firstParameter: 3 }) : null;
  if (next === null) return;
  await db.queryOnce(
    `/* segments.noteAllDues */
    insert into segment_dues (customer_id, segment_id, due_at)
    select said.id, $1::uuid, ${dueAfterNow('$2::timestamptz')}
    from (
      select c.id, ${next.sql} as due_at
      from customers c
      left join customer_profiles p on p.customer_id = c.id
      where c.merged_into_id is null and c.erased_at is null
    ) said
    where said.due_at is not null
    except
    select customer_id, segment_id, due_at from segment_dues where segment_id = $1::uuid
    ${write}`,
    [segment.id, now, ...next.parameters],
  );
}

export async function forgetDues(db: Database, segmentId: string): Promise<void> {
  await db.query('/* segments.forgetDues */ delete from segment_dues where segment_id = $1', [segmentId]);
}

export interface Due {
  readonly customerId: string;
  readonly segmentId: string;
}

/** The first pairs whose moment has come. */
export function readDues(db: Database, now: Date, limit: number): Promise<Due[]> {
  return db.query<Due>(
    `/* segments.dues */
    select customer_id as "customerId", segment_id as "segmentId" from segment_dues
    where due_at <= $1::timestamptz
    order by due_at, customer_id, segment_id limit $2`,
    [now, limit],
  );
}

/** Takes away what is looked at now; what is to come is noted anew by looking. */
export async function takeDues(db: Database, dues: readonly Due[], now: Date): Promise<void> {
  await db.query(
    `/* segments.takeDues */
    delete from segment_dues due
    using unnest($1::uuid[], $2::uuid[]) as taken (customer_id, segment_id)
    where due.customer_id = any($1::uuid[]) and due.customer_id = taken.customer_id
      and due.segment_id = taken.segment_id and due.due_at <= $3::timestamptz`,
    [dues.map(({ customerId }) => customerId), dues.map(({ segmentId }) => segmentId), now],
  );
}
