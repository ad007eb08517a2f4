/** Quality of a model on held-out purchase days, and comparison with another. */
import { createRandom } from '#numeric/random.ts';
import { bootstrapInterval, mean } from '#numeric/statistics.ts';

import { basketHistoryOf } from '../algorithms/baskets.ts';
import { type History, historyOf } from '../algorithms/interactions.ts';
import { measureList } from './ranking-metrics.ts';
import type { Case, Holdout } from './holdout.ts';
import { formatId, type IdIndex, viewOf } from '../histories/id-index.ts';
import { rankAtOnce } from '../recommenders/ranking.ts';
import type { Recommender, TrainingData, UserQuery } from '../recommenders/recommender.ts';
import { connectedOf } from './social-graph.ts';
import { createTopK } from '../serving/top-k.ts';

const CUTOFF = 10;
const ID_BYTES = 16;
/** Enough to distinguish methods by a hundredth, few enough that measuring takes less time than training. */
const MAX_CASES = 2000;
const MAX_TUNING_CASES = 500;
/** Below it, all cases are measured and none is left for tuning. */
const MIN_FOR_TUNING = 100;

/** A model and the products of its item indexes. */
export interface Measured {
  readonly recommender: Recommender;
  readonly items: IdIndex;
}

export type Metrics = Readonly<Record<string, number>>;

/** Cases for measuring, and disjoint cases for learning weights. */
export function shareCases(cases: readonly Case[]): {
  readonly measured: readonly Case[];
  readonly tuning: readonly Case[];
} {
  if (cases.length < MIN_FOR_TUNING) return { measured: cases, tuning: [] };
  const isForTuning = (_: Case, index: number): boolean => index % 4 === 3;
  return {
    measured: takeEvenly(
      cases.filter((one, index) => !isForTuning(one, index)),
      MAX_CASES,
    ),
    tuning: takeEvenly(cases.filter(isForTuning), MAX_TUNING_CASES),
  };
}

/**
 * REBUY is measured on repeat purchases, DISCOVER on first ones; ranked among all products. The interval is a bootstrap
 * of the mean over customers, 95 %. Empty without such purchases.
 */
export function measureModel(
  model: Measured,
  list: 'rebuy' | 'discover',
  { data }: Holdout,
  cases: readonly Case[],
  seed: number,
): Metrics {
  const lists = rankCases(model, list, data, cases);
  if (lists.length === 0) return {};
  const gains = lists.map(({ ndcg }) => ndcg);
  const { low, high } = bootstrapInterval(gains, createRandom(seed));
  return {
    [`ndcg@${CUTOFF}`]: mean(gains),
    [`ndcg@${CUTOFF}.low`]: low,
    [`ndcg@${CUTOFF}.high`]: high,
    [`hr@${CUTOFF}`]: mean(lists.map(({ hr }) => hr)),
    [`recall@${CUTOFF}`]: mean(lists.map(({ recall }) => recall)),
    cases: lists.length,
  };
}

/** Fewer customers cannot distinguish two models. */
export const MIN_COMPARED = 30;

/**
 * nDCG of a new model minus that of the published one on days after the training of the published one, with a paired
 * bootstrap interval, 95 %. Empty with too few such days.
 */
export function compareModels(
  next: Measured,
  present: Measured & { readonly dataToMs: number },
  list: 'rebuy' | 'discover',
  { data, cases }: Holdout,
  seed: number,
): Metrics {
  const newest = takeEvenly(
    cases.filter(({ askedAtMs }) => askedAtMs > present.dataToMs),
    MAX_CASES,
  );
  const ours = rankCases(next, list, data, newest).map(({ ndcg }) => ndcg);
  if (ours.length < MIN_COMPARED) return {};
  const theirs = rankCases(present, list, data, newest).map(({ ndcg }) => ndcg);
  const differences = ours.map((gain, index) => gain - theirs[index]!);
  const { low, high } = bootstrapInterval(differences, createRandom(seed));
  return {
    'newest.cases': ours.length,
    [`newest.ndcg@${CUTOFF}`]: mean(ours),
    [`newest.present.ndcg@${CUTOFF}`]: mean(theirs),
    'newest.difference': mean(differences),
    'newest.difference.low': low,
    'newest.difference.high': high,
  };
}

/** Customers without a relevant item are excluded, the same ones for every model. */
function rankCases(
  { recommender, items }: Measured,
  list: 'rebuy' | 'discover',
  data: TrainingData,
  cases: readonly Case[],
): readonly ReturnType<typeof measureList>[] {
  const rows = rowsIn(items, data.productIds);
  const everything = new Uint8Array(items.count).fill(1);
  return cases.flatMap(({ userIndex, repeats, discoveries, askedAtMs }) => {
    const relevant = list === 'rebuy' ? repeats : discoveries;
    if (relevant.size === 0) return [];
    const visitor = userQueryOf(data, userIndex, askedAtMs, rows);
    const known = new Set(visitor.history.itemIndices);
    const top = createTopK(CUTOFF, everything, known, list === 'rebuy' ? 'bought' : 'new');
    rankAtOnce(recommender, visitor, top);
    const ranked = {
      userIndex,
      list: Uint32Array.from(top.itemIndices),
      relevant: rows === null ? relevant : new Set(Array.from(relevant, (item) => rowOf(rows, item))),
      historyLength: known.size,
    };
    return [measureList(ranked, CUTOFF)];
  });
}

/**
 * A customer at the held-out day.
 * @param rows the model's item index of every product of the data, -1 where it lacks it; null where they are equal
 */
export function userQueryOf(
  data: TrainingData,
  userIndex: number,
  nowMs: number,
  rows: Int32Array | null = null,
): UserQuery {
  const history = historyOf(data.interactions, userIndex);
  return {
    history: rows === null ? history : translate(history, rows),
    customerId: formatId(data.customerIds, userIndex),
    country: data.countryNames[data.countries[userIndex]!] ?? null,
    nowMs,
    baskets: () =>
      basketHistoryOf(data.baskets, userIndex).map((basket) =>
        rows === null ? basket : basket.filter((item) => rows[item]! >= 0).map((item) => rows[item]!),
      ),
    connected: () =>
      connectedOf(data.ties, data.interactions, userIndex).map((person) =>
        rows === null ? person : { ...person, history: translate(person.history, rows) },
      ),
  };
}

function rowsIn(items: IdIndex, productIds: Uint8Array): Int32Array | null {
  if (Buffer.compare(items.bytes, productIds) === 0) return null;
  const ids = viewOf(productIds);
  return Int32Array.from({ length: productIds.length / ID_BYTES }, (_, item) =>
    items.indexOf(ids, item * ID_BYTES),
  );
}

/** A product that the model lacks cannot be found: no list contains a negative index. */
function rowOf(rows: Int32Array, item: number): number {
  const row = rows[item]!;
  return row >= 0 ? row : -1 - item;
}

/** Products are ordered by id in every model, so that the items of a history stay ascending. */
function translate(history: History, rows: Int32Array): History {
  const kept = Uint32Array.from(history.itemIndices.keys()).filter(
    (entry) => rows[history.itemIndices[entry]!]! >= 0,
  );
  return {
    itemIndices: kept.map((entry) => rows[history.itemIndices[entry]!]!),
    weights: Float32Array.from(kept, (entry) => history.weights[entry]!),
    daysBought: Float32Array.from(kept, (entry) => history.daysBought[entry]!),
    firstAt: Float64Array.from(kept, (entry) => history.firstAt[entry]!),
    lastAt: Float64Array.from(kept, (entry) => history.lastAt[entry]!),
    dayCount: history.dayCount,
  };
}

function takeEvenly<T>(values: readonly T[], count: number): readonly T[] {
  const step = Math.max(1, values.length / count);
  return Array.from(
    { length: Math.min(count, values.length) },
    (_, index) => values[Math.floor(index * step)]!,
  );
}
