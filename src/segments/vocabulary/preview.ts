/** The members that a segment would have, without saving one. Writes nothing. */
import type { Database } from '#platform/database/database.ts';

import { readKnownRule } from './group-keys.ts';
import { inlineSegments, referencedSegments } from '#rule-language/check/references.ts';
import { printRule } from '#rule-language/syntax/print.ts';
import type { Rule } from '#rule-language/syntax/tree.ts';
import { readActiveSegments } from '../membership/active-segments.ts';
import { checkWork, compileRule, readStoredRule } from './rule.ts';
import { runRule } from './rule-timeout.ts';

export interface SegmentPreviewRow {
  /** Canonical text. */
  readonly rule: string;
  readonly size: number;
  /** Number of all customers that could be in it. */
  readonly population: number;
  /** Ids of the first members by id. */
  readonly sampleIds: readonly string[];
}

const SAMPLE_SIZE = 10;

/** @throws {SegmentRuleError} the rule is invalid. */
export async function previewSegment(db: Database, text: string, now: Date): Promise<SegmentPreviewRow> {
  const rule = await resolveRule(db, text);
  const { sql, parameters } = compileRule(rule.inlined, { now });
  const preview = db.queryUnprepared<{ size: number; population: number; sampleIds: string[] }>(
    `/* segments.preview */
    with matched as materialized (
      select c.id
      from customers c
      left join customer_profiles p on p.customer_id = c.id
      where c.merged_into_id is null and c.erased_at is null and (${sql})
    )
    select (select count(*) from matched) as size,
      (select count(*) from customers where merged_into_id is null and erased_at is null) as population,
      array(select id from matched order by id limit ${SAMPLE_SIZE}) as "sampleIds"`,
    parameters,
  );
  const [row] = await runRule(text, preview);
  return { rule: printRule(rule.written), ...row! };
}

/**
 * A rule of a caller with its segments inlined; a key without an active segment is refused.
 * @throws {SegmentRuleError}
 */
export async function resolveRule(db: Database, text: string): Promise<{ written: Rule; inlined: Rule }> {
  return inlineRule(db, text, await readKnownRule(db, text));
}

/** As `resolveRule`, for a stored rule: custom attributes without values match no customer. */
export function resolveStoredRule(db: Database, text: string): Promise<{ written: Rule; inlined: Rule }> {
  return inlineRule(db, text, readStoredRule(text));
}

async function inlineRule(
  db: Database,
  text: string,
  written: Rule,
): Promise<{ written: Rule; inlined: Rule }> {
  if (referencedSegments(written).length === 0) return { written, inlined: written };
  const live = await readActiveSegments(db);
  const rules = new Map(live.map(({ key, rule }) => [key, rule]));
  checkWork(text, written, (key) => rules.get(key));
  return { written, inlined: inlineSegments(written, (key) => rules.get(key)) };
}
