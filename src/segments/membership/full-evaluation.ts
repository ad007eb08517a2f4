/** Membership of a segment, evaluated set-based for all customers. */
import { eq } from 'drizzle-orm';

import type { Database } from '#platform/database/database.ts';
import { lockEverybody } from '#profiles/service.ts';

import { scheduleForEverybody } from './scheduled-reevaluations.ts';
import type { ActiveSegment } from './active-segments.ts';
import { compileRule } from '../vocabulary/rule.ts';
import { followMemberships } from './intervals.ts';
import { type MembershipCauseName, segments } from '../tables.ts';

const LEAVERS_PER_STATEMENT = 1000;

/** Evaluates one segment for all customers. Concurrent refreshes wait until it is done. */
export async function evaluateForEverybody(
  db: Database,
  segment: ActiveSegment,
  cause: MembershipCauseName,
  now: Date,
): Promise<void> {
  const { sql, parameters } = compileRule(segment.inlined, { now, firstParameter: 2 });
  const members = `customers c
      left join customer_profiles p on p.customer_id = c.id
      where c.merged_into_id is null and c.erased_at is null and (${sql})`;
  const [at, version] = [parameters.length + 2, parameters.length + 3];
  await db.transaction(async (transaction) => {
    // The time-out of requests does not apply to statements over all customers.
    await transaction.query("/* segments.noTimeout */ select set_config('statement_timeout', '0', true)");
    await lockEverybody(transaction);
    await transaction.query(
      `/* segments.enterAll */
      insert into segment_memberships (customer_id, segment_id, entered_at, rule_version)
      select c.id, $1::uuid, $${at}::timestamptz, $${version}::integer from ${members}
      on conflict (customer_id, segment_id) do nothing`,
      [segment.id, ...parameters, now, segment.ruleVersion],
    );
    // A set operation, since the planner has no statistics of the new rows yet: an anti-join took minutes for 100,000.
    const leavers = await transaction.query<{ id: string }>(
      `/* segments.leavers */
      select customer_id as id from segment_memberships where segment_id = $1::uuid
      except
      select c.id from ${members}`,
      [segment.id, ...parameters],
    );
    for (let start = 0; start < leavers.length; start += LEAVERS_PER_STATEMENT) {
      await transaction.query(
        `/* segments.leaveAll */
        delete from segment_memberships stored
        where stored.segment_id = $1 and stored.customer_id = any($2::uuid[])`,
        [segment.id, leavers.slice(start, start + LEAVERS_PER_STATEMENT).map(({ id }) => id)],
      );
    }
    await followMemberships(transaction, segment, cause, now);
    await scheduleForEverybody(transaction, segment, now);
    await transaction.orm.update(segments).set({ evaluatedAt: now }).where(eq(segments.id, segment.id));
  });
}
