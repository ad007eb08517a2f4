/** Memberships of customers whose facts changed or whose reevaluation is due. Reads profiles, never computes them. */
import { recordChanges, type RecordedChange } from '#changes/record.ts';
import type { ChangedFacts } from '#customers/changes.ts';
import type { Database } from '#platform/database/database.ts';
import { lockPeople } from '#profiles/service.ts';

import { causeOfFact, decidingFact } from './fact-index.ts';
import { type DueReevaluation, scheduleReevaluations, claimDue } from './scheduled-reevaluations.ts';
import { type ActiveSegment, readActiveSegments } from './active-segments.ts';
import { compileRule } from '../vocabulary/rule.ts';
import {
  closeIntervals,
  mergeIntervals,
  type MembershipCause,
  openIntervals,
  type MembershipChange,
} from './intervals.ts';

/** Maximum number of segments per statement: bounds its text and its plan. */
const SEGMENTS_PER_STATEMENT = 40;

export interface CustomerChange {
  readonly customerId: string;
  readonly facts: ChangedFacts;
}

/**
 * Evaluates for these customers the active segments that the changes can affect; customers who stay in keep the time of
 * entry. A batch is evaluated as one: a segment that the change of one customer can affect is evaluated for all of
 * them.
 */
export async function refreshMemberships(
  db: Database,
  changes: readonly CustomerChange[],
  now: Date,
): Promise<void> {
  if (changes.length === 0) return;
  const factsOf = new Map(changes.map(({ customerId, facts }) => [customerId, facts]));
  const customerIds = [...factsOf.keys()];
  const renewed = changes.filter(({ facts }) => facts === null);
  // Facts of all of them, so that each segment is tested once.
  const changed = Object.assign({}, ...changes.map(({ facts }) => facts)) as NonNullable<ChangedFacts>;
  await db.transaction(async (transaction) => {
    await lockPeople(transaction, customerIds);
    if (renewed.length > 0)
      await mergeIntervals(
        transaction,
        renewed.map(({ customerId }) => customerId),
      );
    await refresh(transaction, {
      customerIds,
      now,
      isDue: ({ facts }) => renewed.length > 0 || decidingFact(facts, changed) !== undefined,
      causeOf: (customerId, segment) => causeOf(factsOf.get(customerId) ?? null, segment),
    });
  });
}

/** Evaluates segments for customers whose membership time alone may have changed. */
export async function reevaluateDue(
  db: Database,
  dues: readonly DueReevaluation[],
  now: Date,
): Promise<void> {
  const segmentIds = new Set(dues.map(({ segmentId }) => segmentId));
  const customerIds = [...new Set(dues.map(({ customerId }) => customerId))];
  await db.transaction(async (transaction) => {
    await lockPeople(transaction, customerIds);
    await claimDue(transaction, dues, now);
    await refresh(transaction, {
      customerIds,
      now,
      isDue: ({ id }) => segmentIds.has(id),
      causeOf: () => ({ cause: 'time', eventId: null }),
    });
  });
}

function causeOf(changed: ChangedFacts, { facts }: ActiveSegment): MembershipCause {
  if (changed === null) return { cause: 'person', eventId: null };
  const fact = decidingFact(facts, changed);
  if (fact === undefined) return { cause: 'evaluation', eventId: null };
  return { cause: causeOfFact(fact), eventId: changed[fact] ?? null };
}

interface Refresh {
  readonly customerIds: readonly string[];
  readonly now: Date;
  readonly isDue: (segment: ActiveSegment) => boolean;
  readonly causeOf: (customerId: string, segment: ActiveSegment) => MembershipCause;
}

/** Segments that refer to the history of others come after those, and are due where it changed. */
async function refresh(transaction: Database, { customerIds, now, isDue, causeOf }: Refresh): Promise<void> {
  const changedKeys = new Set<string>();
  const evaluated: ActiveSegment[] = [];
  const recorded: RecordedChange[] = [];
  let waiting: readonly ActiveSegment[] = await readActiveSegments(transaction);
  while (waiting.length > 0) {
    const ahead = new Set(waiting.map(({ key }) => key));
    const ready = waiting.filter(({ follows }) => !follows.some((key) => ahead.has(key)));
    const due = ready.filter(
      (segment) => isDue(segment) || segment.follows.some((key) => changedKeys.has(key)),
    );
    for (let start = 0; start < due.length; start += SEGMENTS_PER_STATEMENT) {
      const some = due.slice(start, start + SEGMENTS_PER_STATEMENT);
      const changes = await findChanges(transaction, some, customerIds, now);
      for (const { segment } of changes) changedKeys.add(segment.key);
      const told = await write(transaction, changes, now, (customerId, segment) =>
        isDue(segment) ? causeOf(customerId, segment) : { cause: 'segment', eventId: null },
      );
      recorded.push(...told);
    }
    evaluated.push(...due);
    waiting = waiting.filter((segment) => !ready.includes(segment));
  }
  await recordChanges(transaction, recorded, now);
  await scheduleReevaluations(transaction, evaluated, customerIds, now);
}

interface ChangedMembership {
  readonly customerId: string;
  readonly segment: ActiveSegment;
  readonly matches: boolean;
}

/**
 * Pairs of customer and segment whose stored membership differs from the rule. Merged and erased customers are in none.
 */
async function findChanges(
  db: Database,
  segments: readonly ActiveSegment[],
  customerIds: readonly string[],
  now: Date,
): Promise<ChangedMembership[]> {
  const parameters: unknown[] = [customerIds];
  const computed = segments.map(({ id, inlined }) => {
    const parameterNumber = parameters.push(id);
    const rule = compileRule(inlined, { now, firstParameter: parameterNumber + 1, scope: 'few' });
    parameters.push(...rule.parameters);
    return `($${parameterNumber}::uuid, coalesce(${rule.sql}, false))`;
  });
  const rows = await db.query<{ customerId: string; segmentId: string; matches: boolean }>(
    `/* segments.changes */
    select c.id as "customerId", computed.segment_id as "segmentId", computed.matches and answers.queries as matches
    from customers c
    left join customer_profiles p on p.customer_id = c.id
    cross join lateral (values ${computed.join(', ')}) as computed (segment_id, matches)
    cross join lateral (select c.merged_into_id is null and c.erased_at is null as queries) as answers
    left join segment_memberships stored on stored.customer_id = c.id and stored.segment_id = computed.segment_id
    where c.id = any($1::uuid[]) and (computed.matches and answers.queries) <> (stored.customer_id is not null)
    order by c.id, computed.segment_id`,
    parameters,
  );
  const byId = new Map(segments.map((segment) => [segment.id, segment]));
  return rows.map(({ customerId, segmentId, matches }) => ({
    customerId,
    segment: byId.get(segmentId)!,
    matches,
  }));
}

/** @returns entries for the change log */
async function write(
  db: Database,
  changes: readonly ChangedMembership[],
  now: Date,
  causeOf: Refresh['causeOf'],
): Promise<RecordedChange[]> {
  const passages = (matches: boolean): MembershipChange[] =>
    changes
      .filter((change) => change.matches === matches)
      .map(({ customerId, segment }) => ({ customerId, segment, cause: causeOf(customerId, segment) }));
  const [entered, left] = [passages(true), passages(false)];
  if (entered.length > 0) {
    await enter(db, entered, now);
    await openIntervals(db, entered, now);
  }
  if (left.length > 0) {
    await leave(db, left);
    await closeIntervals(db, left, now);
  }
  return [
    ...entered.map((change) => toRecordedChange('segment_entered', change)),
    ...left.map((change) => toRecordedChange('segment_left', change)),
  ];
}

function toRecordedChange(
  kind: 'segment_entered' | 'segment_left',
  { customerId, segment, cause: { cause, eventId } }: MembershipChange,
): RecordedChange {
  const details = eventId === null ? { cause } : { cause, eventId };
  return { kind, customerId, subjectId: segment.id, details };
}

async function enter(db: Database, passages: readonly MembershipChange[], now: Date): Promise<void> {
  await db.query(
    `/* segments.enter */
    insert into segment_memberships (customer_id, segment_id, entered_at, rule_version)
    select customer_id, segment_id, $4::timestamptz, version
    from unnest($1::uuid[], $2::uuid[], $3::integer[]) as entered (customer_id, segment_id, version)
    on conflict (customer_id, segment_id) do nothing`,
    [
      passages.map(({ customerId }) => customerId),
      passages.map(({ segment }) => segment.id),
      passages.map(({ segment }) => segment.ruleVersion),
      now,
    ],
  );
}

async function leave(db: Database, passages: readonly MembershipChange[]): Promise<void> {
  await db.query(
    `/* segments.leave */
    delete from segment_memberships stored
    using unnest($1::uuid[], $2::uuid[]) as gone (customer_id, segment_id)
    where stored.customer_id = any($1::uuid[])
      and stored.customer_id = gone.customer_id and stored.segment_id = gone.segment_id`,
    [passages.map(({ customerId }) => customerId), passages.map(({ segment }) => segment.id)],
  );
}
