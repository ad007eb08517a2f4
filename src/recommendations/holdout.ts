/** How good a method is on the newest data: trained without each customer's last purchase day, asked for that day. */
import { historyOf, type Interactions } from './algorithms/interactions.ts';
import { measureList } from './evaluation/metrics.ts';
import { createIdTable, formatId } from './id-table.ts';
import type { RecommenderKind, TrainingData, Visitor } from './recommenders/recommender.ts';
import { createTopList } from './top-list.ts';

const DAY_MS = 86_400_000;
const CUTOFF = 10;
/** Enough to tell methods apart by a hundredth, few enough that asking takes less time than training. */
const MOST_CASES = 2000;

/** What a customer bought on their last day, after an earlier one. */
interface Case {
  readonly userIndex: number;
  readonly repeats: ReadonlySet<number>;
  readonly discoveries: ReadonlySet<number>;
  /** The beginning of that day, ms since 1970. */
  readonly askedAtMs: number;
}

export interface Holdout {
  /** Without the last purchase day of every customer who has two or more. */
  readonly data: TrainingData;
  readonly cases: readonly Case[];
}

/** O(interactions). */
export function holdOutLastDay(data: TrainingData): Holdout {
  const { byUser, firstAt, lastAt, dayCounts } = data.interactions;
  const kept: number[] = [];
  const offsets = new Uint32Array(byUser.rowCount + 1);
  const values = byUser.values.slice();
  const keptLastAt = lastAt.slice();
  const keptDayCounts = dayCounts.slice();
  const cases: Case[] = [];
  for (let user = 0; user < byUser.rowCount; user += 1) {
    const start = byUser.offsets[user]!;
    const end = byUser.offsets[user + 1]!;
    const hasTwoDays = dayCounts[user]! > 1;
    let lastDay = Number.NEGATIVE_INFINITY;
    for (let slot = start; slot < end; slot += 1) lastDay = Math.max(lastDay, dayOf(lastAt[slot]!));

    const repeats = new Set<number>();
    const discoveries = new Set<number>();
    for (let slot = start; slot < end; slot += 1) {
      const isOnLastDay = hasTwoDays && dayOf(lastAt[slot]!) === lastDay;
      if (isOnLastDay && dayOf(firstAt[slot]!) === lastDay) {
        discoveries.add(byUser.columns[slot]!);
        continue;
      }
      kept.push(slot);
      if (!isOnLastDay) continue;
      repeats.add(byUser.columns[slot]!);
      values[slot]! -= 1;
      keptLastAt[slot] = data.beforeLastAt[slot]!;
    }
    offsets[user + 1] = kept.length;
    if (!hasTwoDays) continue;
    keptDayCounts[user]! -= 1;
    cases.push({ userIndex: user, repeats, discoveries, askedAtMs: lastDay * DAY_MS });
  }
  const interactions: Interactions = {
    byUser: {
      ...byUser,
      offsets,
      columns: Uint32Array.from(kept, (slot) => byUser.columns[slot]!),
      values: Float32Array.from(kept, (slot) => values[slot]!),
    },
    firstAt: Float64Array.from(kept, (slot) => firstAt[slot]!),
    lastAt: Float64Array.from(kept, (slot) => keptLastAt[slot]!),
    dayCounts: keptDayCounts,
  };
  const beforeLastAt = new Float64Array(kept.length).fill(Number.NaN);
  return { data: { ...data, interactions, beforeLastAt }, cases: takeEvenly(cases, MOST_CASES) };
}

/**
 * REBUY is asked for what was bought again, the other methods for what was bought for the first time; ranked among all
 * products. Empty where nobody bought any such thing.
 */
export function measureKind(
  kind: RecommenderKind,
  hyperparameters: Readonly<Record<string, unknown>>,
  { data, cases }: Holdout,
  seed: number,
): Readonly<Record<string, number>> {
  const isRebuy = kind.algorithm === 'rebuy';
  const asked = cases
    .map((one) => ({ ...one, relevant: isRebuy ? one.repeats : one.discoveries }))
    .filter(({ relevant }) => relevant.size > 0);
  if (asked.length === 0) return {};

  const items = createIdTable(data.productIds);
  const recommender = kind.open(kind.train(data, hyperparameters, seed), items);
  const everything = new Uint8Array(items.count).fill(1);
  const sums = { ndcg: 0, hr: 0, recall: 0 };
  for (const { userIndex, relevant, askedAtMs } of asked) {
    const visitor = visitorOf(data, userIndex, askedAtMs);
    const known = new Set(visitor.history.itemIndices);
    const top = createTopList(CUTOFF, everything, known, isRebuy ? 'bought' : 'new');
    recommender.rank(visitor, top);
    const list = Uint32Array.from(top.itemIndices);
    const measured = measureList({ userIndex, list, relevant, historyLength: known.size }, CUTOFF);
    for (const metric of ['ndcg', 'hr', 'recall'] as const) sums[metric] += measured[metric];
  }
  return {
    [`ndcg@${CUTOFF}`]: sums.ndcg / asked.length,
    [`hr@${CUTOFF}`]: sums.hr / asked.length,
    [`recall@${CUTOFF}`]: sums.recall / asked.length,
    cases: asked.length,
  };
}

function visitorOf(data: TrainingData, userIndex: number, nowMs: number): Visitor {
  const history = historyOf(data.interactions, userIndex);
  const customerId = formatId(data.customerIds, userIndex);
  const country = data.countryNames[data.countries[userIndex]!] ?? null;
  return { history, customerId, country, nowMs };
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

function takeEvenly<T>(values: readonly T[], count: number): readonly T[] {
  const step = Math.max(1, values.length / count);
  return Array.from(
    { length: Math.min(count, values.length) },
    (_, place) => values[Math.floor(place * step)]!,
  );
}
