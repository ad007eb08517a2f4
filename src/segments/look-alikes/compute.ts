/** Computes the look-alikes that wait: reads traits, ranks in a thread, writes the result. */
import { and, eq, isNull } from 'drizzle-orm';

import { computedResource } from '#named-resources/computed-resource.ts';
import type { App } from '#platform/app.ts';
import { runInThread } from '#platform/thread.ts';

import { type CustomerTraits, readCustomerTraits } from '../clusters/people-traits.ts';
import type { Rule } from '#rule-language/syntax/tree.ts';
import { resolveStoredRule } from '../vocabulary/preview.ts';
import { evaluateSegmentsOf } from '../membership/scheduled-evaluation.ts';
import { type LookAlikeRow, readSeedIds, readSeedSegment } from './queries.ts';
import type { Ranking, RankingOrder } from './ranking.ts';
import { lookAlikes, lookAlikeScores } from './tables.ts';

const THREAD = new URL('./ranking-thread.ts', import.meta.url);
const MIN_SEEDS = 20;
const MIN_OTHERS = 50;
/** Small enough that writing one statement's parameters does not delay requests. */
const ROWS_PER_STATEMENT = 5_000;

export const {
  computeWaiting: computeWaitingLookAlikes,
  renew: renewLookAlikes,
  request: requestLookAlikes,
  jobs: lookAlikeJobs,
} = computedResource(lookAlikes, {
  noun: 'look-alike',
  name: 'lookAlikes',
  schedule: '35 3 * * *',
  compute: computeLookAlike,
});

/** @returns why it cannot be computed; null on success */
async function computeLookAlike(
  app: App,
  lookAlike: LookAlikeRow,
  signal?: AbortSignal,
): Promise<string | null> {
  const { settings, seedSegmentId } = lookAlike;
  const now = app.clock();
  const [segment] = await readSeedSegment(app.db, { id: seedSegmentId });
  if (segment === undefined) return 'The segment of the seeds is archived.';
  const { inlined } = await resolveStoredRule(app.db, settings.filter);
  const seeds: Rule = { kind: 'membership', change: 'in', group: 'segment', key: segment.key, period: null };
  const rule: Rule = { kind: 'or', rules: [inlined, seeds] };
  const people = await readCustomerTraits(app.db, settings.traits, rule, { now, asOf: now });
  const isSeed = await readSeeds(app, seedSegmentId, people);
  const seedCount = isSeed.reduce((sum, flag) => sum + flag, 0);
  if (seedCount < MIN_SEEDS) return `It needs at least ${MIN_SEEDS} seeds, the segment has ${seedCount}.`;
  const otherCount = isSeed.length - seedCount;
  if (otherCount < MIN_OTHERS) {
    return `It needs at least ${MIN_OTHERS} customers who are not seeds, the filter matches ${otherCount}.`;
  }
  const order: RankingOrder = { settings, columns: people.columns, isSeed };
  const ranking = await runInThread<Ranking | null>(THREAD, order, signal);
  if (ranking === null) return 'Every trait was left out: nearly all customers have the same value, or none.';
  if (await writeRanking(app, lookAlike, people, ranking, now)) {
    await evaluateSegmentsOf(app, [`look_alike.${lookAlike.key}`], signal);
  }
  return null;
}

async function readSeeds(app: App, segmentId: string, { customerIds }: CustomerTraits): Promise<Uint8Array> {
  const rows = await readSeedIds(app.db, { segmentId });
  const seeds = new Set(rows.map(({ id }) => id));
  return Uint8Array.from(customerIds, (id) => (seeds.has(id) ? 1 : 0));
}

/** @returns false where it changed meanwhile and nothing was written */
function writeRanking(
  app: App,
  { id, version }: LookAlikeRow,
  { customerIds }: CustomerTraits,
  { rows, scores, report }: Ranking,
  now: Date,
): Promise<boolean> {
  return app.db.transaction(async (transaction) => {
    const current = await transaction.orm
      .update(lookAlikes)
      .set({ status: 'ready', failure: null, report, computedAt: now })
      .where(and(eq(lookAlikes.id, id), eq(lookAlikes.version, version), isNull(lookAlikes.archivedAt)))
      .returning({ id: lookAlikes.id });
    if (current.length === 0) return false;
    await transaction.orm.delete(lookAlikeScores).where(eq(lookAlikeScores.lookAlikeId, id));
    for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
      const some = Array.from(rows.subarray(start, start + ROWS_PER_STATEMENT));
      await transaction.query(
        `/* lookAlikes.writeScores */
        insert into look_alike_scores (customer_id, look_alike_id, score, share, scored_at)
        select alike.customer_id, $1::uuid, alike.score, alike.share, $5::timestamptz
        from unnest($2::uuid[], $3::double precision[], $4::double precision[]) as alike (customer_id, score, share)`,
        [
          id,
          some.map((row) => customerIds[row]),
          Array.from(scores.subarray(start, start + ROWS_PER_STATEMENT)),
          some.map((_, index) => (start + index + 1) / report.candidateCount),
          now,
        ],
      );
    }
    return true;
  });
}
