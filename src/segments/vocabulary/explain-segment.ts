/** The statement for the members of a segment, and its plan. Changes nothing. */
import type { App } from '#platform/app.ts';
import { NotFoundError } from '#platform/errors.ts';

import { printRule } from '#rule-language/syntax/print.ts';
import { readActiveSegments } from '../membership/active-segments.ts';
import { compileRule } from './rule.ts';

export interface SegmentExplanation {
  /** Canonical text. */
  readonly rule: string;
  /** The changes that can affect it; null where any may. */
  readonly facts: readonly string[] | null;
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** Lines as the database prints them. */
  readonly plan: readonly string[];
}

/**
 * @param isRun whether to run the statement too, for actual counts and times
 * @throws {NotFoundError} no active segment has the key
 */
export async function explainSegment(app: App, key: string, isRun: boolean): Promise<SegmentExplanation> {
  const segment = (await readActiveSegments(app.db)).find((candidate) => candidate.key === key);
  if (segment === undefined) throw new NotFoundError(`There is no active segment with the key ${key}.`);
  const { sql, parameters } = compileRule(segment.inlined, { now: app.clock() });
  const statement = `select c.id
from customers c
left join customer_profiles p on p.customer_id = c.id
where c.merged_into_id is null and c.erased_at is null and (${sql})`;
  const options = isRun ? 'analyze, buffers' : 'costs';
  const rows = await app.db.queryUnprepared<{ 'QUERY PLAN': string }>(
    `/* segments.explained */ explain (${options}) ${statement}`,
    parameters,
  );
  return {
    rule: printRule(segment.rule),
    facts: segment.facts === null ? null : [...segment.facts].toSorted(),
    sql: statement,
    parameters,
    plan: rows.map((row) => row['QUERY PLAN']),
  };
}
