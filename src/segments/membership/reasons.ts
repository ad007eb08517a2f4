/**
 * Why customers are in segments: the decisive clauses with the customer's values, for many customers in few statements.
 */
import type { Database } from '#platform/database/database.ts';

import type { ClauseReason } from '#rule-language/sql/explain.ts';
import type { ActiveSegment } from './active-segments.ts';
import { compileReasons } from '../vocabulary/rule.ts';

export type ReasonRow = ClauseReason;

export interface ReasonsKey {
  readonly customerId: string;
  readonly segmentId: string;
}

/**
 * Maximum number of segments explained by one statement. Segments are always cut into the same groups, so that few
 * distinct statements exist and each stays prepared.
 */
const SEGMENTS_PER_STATEMENT = 16;

/** In the order of the keys; empty for a segment that is not active. */
export async function readReasons(
  db: Database,
  segments: readonly ActiveSegment[],
  keys: readonly ReasonsKey[],
  now: Date,
): Promise<readonly (readonly ReasonRow[])[]> {
  const customersBySegment = new Map<string, string[]>();
  for (const { customerId, segmentId } of keys) {
    const people = customersBySegment.get(segmentId);
    if (people === undefined) customersBySegment.set(segmentId, [customerId]);
    else people.push(customerId);
  }
  const found = new Map<string, readonly ReasonRow[]>();
  for (let start = 0; start < segments.length; start += SEGMENTS_PER_STATEMENT) {
    const some = segments.slice(start, start + SEGMENTS_PER_STATEMENT);
    if (some.some(({ id }) => customersBySegment.has(id)))
      await explain(db, some, customersBySegment, now, found);
  }
  return keys.map(({ customerId, segmentId }) => found.get(`${customerId} ${segmentId}`) ?? []);
}

async function explain(
  db: Database,
  segments: readonly ActiveSegment[],
  customersBySegment: ReadonlyMap<string, readonly string[]>,
  now: Date,
  found: Map<string, readonly ReasonRow[]>,
): Promise<void> {
  const asked = segments.map(({ id }) => customersBySegment.get(id) ?? []);
  const parameters: unknown[] = [[...new Set(asked.flat())]];
  const explainers = segments.map(({ inlined }, index) => {
    const parameterNumber = parameters.push(asked[index]);
    const {
      sql,
      parameters: own,
      explain,
    } = compileReasons(inlined, { now, firstParameter: parameterNumber + 1 });
    parameters.push(...own);
    return { column: `case when c.id = any($${parameterNumber}::uuid[]) then ${sql} end`, explain };
  });
  const rows = await db.query<{ customerId: string; evidence: readonly unknown[] }>(
    `/* segments.reasons */
    select c.id as "customerId", jsonb_build_array(${explainers.map(({ column }) => column).join(', ')}) as evidence
    from customers c
    left join customer_profiles p on p.customer_id = c.id
    where c.id = any($1::uuid[])`,
    parameters,
  );
  for (const { customerId, evidence } of rows) {
    for (const [index, { explain }] of explainers.entries()) {
      const facts = evidence[index];
      if (facts === null || facts === undefined) continue;
      found.set(`${customerId} ${segments[index]!.id}`, explain(facts).reasons);
    }
  }
}
