/** Who is in which segment: the only code that writes memberships. Reads profiles, never computes them. */
import type { Database } from '#platform/database/database.ts';
import { lockEverybody, lockPeople } from '#profiles/service.ts';

import { type LiveSegment, readLiveSegments } from './live-segments.ts';
import { compileRule } from './rule.ts';

/** Segments per statement: bounds its text and its plan. */
const SEGMENTS_PER_STATEMENT = 40;

interface MembershipChange {
  readonly customerId: string;
  readonly segmentId: string;
  readonly holds: boolean;
}

/** Evaluates every live segment for these people; who stays in keeps the time of entering. */
export async function refreshMemberships(
  db: Database,
  customerIds: readonly string[],
  now: Date,
): Promise<void> {
  if (customerIds.length === 0) return;
  await db.transaction(async (transaction) => {
    await lockPeople(transaction, customerIds);
    const segments = await readLiveSegments(transaction);
    const changes: MembershipChange[] = [];
    for (let start = 0; start < segments.length; start += SEGMENTS_PER_STATEMENT) {
      const some = segments.slice(start, start + SEGMENTS_PER_STATEMENT);
      changes.push(...(await findChanges(transaction, some, customerIds, now)));
    }
    const entered = changes.filter(({ holds }) => holds);
    const left = changes.filter(({ holds }) => !holds);
    if (entered.length > 0) await enter(transaction, entered, now);
    if (left.length > 0) await leave(transaction, left);
  });
}

/** Pairs of person and segment whose stored membership is not what the rule says. The merged and erased are in none. */
async function findChanges(
  db: Database,
  segments: readonly LiveSegment[],
  customerIds: readonly string[],
  now: Date,
): Promise<MembershipChange[]> {
  const parameters: unknown[] = [customerIds];
  const rows = segments.map(({ id, inlined }) => {
    const place = parameters.push(id);
    const rule = compileRule(inlined, { now, firstParameter: place + 1, population: 'few' });
    parameters.push(...rule.parameters);
    return `($${place}::uuid, coalesce(${rule.sql}, false))`;
  });
  return db.query<MembershipChange>(
    `/* segments.changes */
    select c.id as "customerId", said.segment_id as "segmentId", said.holds and answers.queries as holds
    from customers c
    left join customer_profiles p on p.customer_id = c.id
    cross join lateral (values ${rows.join(', ')}) as said (segment_id, holds)
    cross join lateral (select c.merged_into_id is null and c.erased_at is null as queries) as answers
    left join segment_memberships stored on stored.customer_id = c.id and stored.segment_id = said.segment_id
    where c.id = any($1::uuid[]) and (said.holds and answers.queries) <> (stored.customer_id is not null)
    order by c.id, said.segment_id`,
    parameters,
  );
}

async function enter(db: Database, changes: readonly MembershipChange[], now: Date): Promise<void> {
  await db.query(
    `/* segments.enter */
    insert into segment_memberships (customer_id, segment_id, entered_at, rule_version)
    select entered.customer_id, entered.segment_id, $3::timestamptz, segments.rule_version
    from unnest($1::uuid[], $2::uuid[]) as entered (customer_id, segment_id)
    join segments on segments.id = entered.segment_id
    on conflict (customer_id, segment_id) do nothing`,
    [changes.map(({ customerId }) => customerId), changes.map(({ segmentId }) => segmentId), now],
  );
}

async function leave(db: Database, changes: readonly MembershipChange[]): Promise<void> {
  await db.query(
    `/* segments.leave */
    delete from segment_memberships stored
    using unnest($1::uuid[], $2::uuid[]) as gone (customer_id, segment_id)
    where stored.customer_id = any($1::uuid[])
      and stored.customer_id = gone.customer_id and stored.segment_id = gone.segment_id`,
    [changes.map(({ customerId }) => customerId), changes.map(({ segmentId }) => segmentId)],
  );
}

/** Evaluates one segment for everybody, set-based. Whoever settles a change meanwhile waits until it is done. */
export async function evaluateForEverybody(db: Database, segment: LiveSegment, now: Date): Promise<void> {
  const { sql, parameters } = compileRule(segment.inlined, { now, firstParameter: 2 });
  const members = `customers c
      left join customer_profiles p on p.customer_id = c.id
      where c.merged_into_id is null and c.erased_at is null and (${sql})`;
  const [at, version] = [parameters.length + 2, parameters.length + 3];
  await db.transaction(async (transaction) => {
    // The time-out of requests is not meant for statements over everybody.
    await transaction.query("/* segments.noTimeout */ select set_config('statement_timeout', '0', true)");
    await lockEverybody(transaction);
    await transaction.query(
      `/* segments.enterAll */
      insert into segment_memberships (customer_id, segment_id, entered_at, rule_version)
      select c.id, $1::uuid, $${at}::timestamptz, $${version}::integer from ${members}
      on conflict (customer_id, segment_id) do nothing`,
      [segment.id, ...parameters, now, segment.ruleVersion],
    );
    await transaction.query(
      `/* segments.leaveAll */
      delete from segment_memberships stored
      where stored.segment_id = $1::uuid
        and not exists (select from ${members} and c.id = stored.customer_id)`,
      [segment.id, ...parameters],
    );
    await transaction.query(
      `/* segments.evaluated */
      update segments set evaluated_at = $2::timestamptz where id = $1`,
      [segment.id, now],
    );
  });
}
