/** From raw traits of seeds and others to similarity scores and their held-out quality: pure, for a thread. */
import { pickRows, type Rows } from '#numeric/distance.ts';
import { fitLogistic, scoreLogistic } from '#numeric/logistic-regression.ts';
import { indexNearest } from '#numeric/nearest.ts';
import { createRandom, type Random, shuffle } from '#numeric/random.ts';

import { drawRows } from '../clusters/find-clusters.ts';
import { prepareTraits, type TraitPreparation } from '../clusters/preparation.ts';
import { measureFolds, type ScoredFold } from './lift.ts';
import {
  type LookAlikeMethod,
  lookAlikeMethods,
  type LookAlikeReport,
  type LookAlikeSettings,
} from './settings.ts';

export interface RankingOrder {
  readonly settings: LookAlikeSettings;
  /** One per trait, NaN where missing. */
  readonly columns: readonly Float64Array[];
  /** 1 for seeds. */
  readonly isSeed: Uint8Array;
}

export interface Ranking {
  readonly report: LookAlikeReport;
  /** Rows of the more similar half of the customers without the seeds, the most similar first. */
  readonly rows: Uint32Array;
  /** 0 to 1, of these rows. */
  readonly scores: Float64Array;
}

const FOLDS = 5;
/** Sample size of the lift: its error is then below a tenth. */
const MAX_MEASURED = { seeds: 4_000, others: 20_000 } as const;
const MAX_NEIGHBOUR_SEEDS = 5_000;
const NEIGHBOURS = 10;
/** Weak, as there are thousands of customers per trait. */
const PENALTY = 1;
const KEPT_SHARE = 0.5;

/** Null where every trait was excluded. */
export function rankLookAlikes({ settings, columns, isSeed }: RankingOrder): Ranking | null {
  const { rows, preparations } = prepareTraits(settings.traits, columns);
  if (rows.columnCount === 0) return null;
  const random = createRandom(settings.seed);
  const all = Uint32Array.from(isSeed.keys());
  const [seeds, others] = [all.filter((row) => isSeed[row] === 1), all.filter((row) => isSeed[row] === 0)];
  const measured = measureMethods(rows, seeds, others, random);
  const best = measured.toSorted((left, right) => right.areaUnderCurve - left.areaUnderCurve)[0]!.method;
  const method = settings.method ?? best;
  const scores = scorers[method](rows, seeds, others, others, random);
  const order = Uint32Array.from(others.keys())
    .toSorted((left, right) => scores[right]! - scores[left]! || left - right)
    .slice(0, Math.ceil(others.length * KEPT_SHARE));
  return {
    report: {
      seedCount: seeds.length,
      candidateCount: others.length,
      method,
      methods: measured,
      foldCount: FOLDS,
      preparations,
      weights: weighTraits(rows, seeds, others, preparations),
    },
    rows: order.map((index) => others[index]!),
    scores: Float64Array.from(order, (index) => scores[index]!),
  };
}

/** Scores `asked` rows, 0 to 1; `others` are not known to be seeds. */
type Score = (
  rows: Rows,
  seeds: Uint32Array,
  others: Uint32Array,
  asked: Uint32Array,
  random: Random,
) => Float64Array;

const scorers: Readonly<Record<LookAlikeMethod, Score>> = {
  /** 1 / (1 + the mean distance to the 10 nearest seeds). */
  similarity(rows, seeds, _others, asked, random) {
    const known = pickRows(rows, pick(seeds, drawRows(seeds.length, MAX_NEIGHBOUR_SEEDS, random)));
    const nearest = indexNearest(known, 'euclidean');
    return Float64Array.from(asked, (row) => {
      const gaps = nearest.distances(rows.values, row * rows.columnCount, NEIGHBOURS);
      return 1 / (1 + gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length);
    });
  },
  classifier(rows, seeds, others, asked) {
    const logOdds = scoreLogistic(pickRows(rows, asked), fitSeeds(rows, seeds, others));
    return logOdds.map((value) => 1 / (1 + Math.exp(-value)));
  },
};

/** Seeds and others have equal total weight, so that 0.5 is neutral. */
function fitSeeds(rows: Rows, seeds: Uint32Array, others: Uint32Array): ReturnType<typeof fitLogistic> {
  const known = concat(seeds, others);
  const answers = Uint8Array.from(known.keys(), (index) => (index < seeds.length ? 1 : 0));
  const rowWeights = Float64Array.from(
    answers,
    (answer) => known.length / 2 / (answer === 1 ? seeds.length : others.length),
  );
  return fitLogistic(pickRows(rows, known), answers, { penalty: PENALTY, rowWeights });
}

function weighTraits(
  rows: Rows,
  seeds: Uint32Array,
  others: Uint32Array,
  preparations: readonly TraitPreparation[],
): LookAlikeReport['weights'] {
  const { weights } = fitSeeds(rows, seeds, others);
  return preparations
    .filter(({ leftOut }) => leftOut === null)
    .map(({ trait }, index) => ({ trait, weight: weights[index]! }))
    .toSorted((left, right) => Math.abs(right.weight) - Math.abs(left.weight));
}

/**
 * Holds out each fifth of the seeds among the others, trains on the rest, and measures the ranks of the held-out ones.
 * The learner takes them for others, as it would the customers to find.
 */
function measureMethods(
  rows: Rows,
  allSeeds: Uint32Array,
  allOthers: Uint32Array,
  random: Random,
): LookAlikeReport['methods'] {
  // Both are sampled at the same rate, so that seeds are as rare in the sample as in the data.
  const share = Math.min(1, MAX_MEASURED.seeds / allSeeds.length, MAX_MEASURED.others / allOthers.length);
  const draw = (from: Uint32Array): Uint32Array =>
    pick(from, drawRows(from.length, Math.max(FOLDS, Math.round(from.length * share)), random));
  const [seeds, others] = [draw(allSeeds), draw(allOthers)];
  shuffle(seeds, random);
  const folds = Array.from({ length: FOLDS }, (_, fold) => ({
    hidden: seeds.filter((_row, index) => index % FOLDS === fold),
    known: seeds.filter((_row, index) => index % FOLDS !== fold),
  }));
  return lookAlikeMethods.map((method) => {
    const scored = folds.map(({ hidden, known }): ScoredFold => {
      const asked = concat(hidden, others);
      return { scores: scorers[method](rows, known, asked, asked, random), hiddenCount: hidden.length };
    });
    return { method, ...measureFolds(scored, allOthers.length) };
  });
}

function pick(from: Uint32Array, places: Uint32Array): Uint32Array {
  return places.map((index) => from[index]!);
}

function concat(first: Uint32Array, second: Uint32Array): Uint32Array {
  const joined = new Uint32Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
