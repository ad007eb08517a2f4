/** Precision and recall of the rule of each cluster. */
import type { Database } from '#platform/database/database.ts';

import { resolveStoredRule } from '../vocabulary/preview.ts';
import { compileRule } from '../vocabulary/rule.ts';

export interface RuledCluster {
  readonly id: string;
  readonly rule: string | null;
}

/** Evaluates the rules over all customers in one statement, and writes precision and recall. */
export async function measureRules(
  db: Database,
  setId: string,
  clusters: readonly RuledCluster[],
  now: Date,
): Promise<void> {
  const parameters: unknown[] = [setId];
  const measured: string[] = [];
  const counts: string[] = [];
  for (const { id, rule } of clusters) {
    if (rule === null) continue;
    const { inlined } = await resolveStoredRule(db, rule);
    const parameterNumber = parameters.push(id);
    const { sql, parameters: own } = compileRule(inlined, { now, firstParameter: parameterNumber + 1 });
    parameters.push(...own);
    measured.push(id);
    counts.push(`jsonb_build_array(count(*) filter (where ${sql}),
      count(*) filter (where (${sql}) and placement.cluster_id = $${parameterNumber}::uuid),
      count(*) filter (where placement.cluster_id = $${parameterNumber}::uuid))`);
  }
  if (measured.length === 0) return;
  const [row] = await db.queryUnprepared<{ counts: readonly (readonly [number, number, number])[] }>(
    `/* clusters.measureRules */
    select jsonb_build_array(${counts.join(', ')}) as counts
    from customers c
    left join customer_profiles p on p.customer_id = c.id
    left join cluster_members placement on placement.customer_id = c.id and placement.cluster_set_id = $1
    where c.merged_into_id is null and c.erased_at is null`,
    parameters,
  );
  await db.query(
    `/* clusters.writeMeasures */
    update clusters set rule_precision = found.precision, rule_recall = found.recall
    from unnest($1::uuid[], $2::double precision[], $3::double precision[]) as found (id, precision, recall)
    where clusters.id = found.id`,
    [
      measured,
      row!.counts.map(([matched, hits]) => (matched === 0 ? null : hits / matched)),
      row!.counts.map(([, hits, size]) => (size === 0 ? null : hits / size)),
    ],
  );
}
