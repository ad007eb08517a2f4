/** Searches the parameters of one algorithm on validation splits of the training data, without the test. */

import type { Scorer, TestCase } from '#recommendations/training/blending.ts';
import { mean } from '#numeric/statistics.ts';
import { type WorkerPool, withWorkers } from '#numeric/worker-pool.ts';
import { historyOf, type Interactions } from '#recommendations/algorithms/interactions.ts';
import { type ModelUnderTest } from './models-under-test.ts';
import { type EventTable } from './events.ts';
import { expectSampled } from './expected-metrics.ts';
import { splitOneOfSampled } from './splits.ts';
import { prepareData } from './training-data.ts';

const CUTOFF = 10;

export const TUNING_CRITERION =
  'mean of HR@10 and nDCG@10, the two figures of the protocol, of one random hidden item per user among 99 others, in expectation over all draws of the 99, averaged over several hidden sets';

export type Settings = Readonly<Record<string, unknown>>;

export type TuningOrder = {
  readonly train: EventTable;
  readonly candidates: readonly Settings[];
  readonly contenderOf: (settings: Settings) => ModelUnderTest;
  readonly sampleCount: number;
  /** One held-out set for each. */
  readonly seeds: readonly number[];
  readonly threads: number;
  readonly progress: (message: string) => void;
};

export type Trial = {
  readonly settings: Settings;
  readonly hr: number;
  readonly ndcg: number;
  /** Difference of the mean of both to the best trial on the same users, and its standard error. */
  readonly behind: number;
  readonly behindError: number;
  /** Of training, mean over held-out sets. */
  readonly seconds: number;
};

/** Figures of each user in each held-out set. */
type Measured = Pick<Trial, 'settings' | 'seconds'> & { readonly hrs: number[]; readonly ndcgs: number[] };

/** Best first. */
export function tune(order: TuningOrder): readonly Trial[] {
  const measured = withWorkers(order.threads, (pool) => measureAll(order, pool));
  const qualities = (trial: Measured): readonly number[] =>
    trial.hrs.map((hr, index) => (hr + trial.ndcgs[index]!) / 2);
  const sorted = measured.toSorted((left, right) => mean(qualities(right)) - mean(qualities(left)));
  const best = qualities(sorted[0]!);
  return sorted.map((trial) => {
    const gaps = qualities(trial).map((quality, index) => best[index]! - quality);
    const behind = mean(gaps);
    const variance = mean(gaps.map((gap) => (gap - behind) ** 2));
    return {
      settings: trial.settings,
      seconds: trial.seconds,
      hr: mean(trial.hrs),
      ndcg: mean(trial.ndcgs),
      behind,
      behindError: Math.sqrt(variance / gaps.length),
    };
  });
}

function measureAll(order: TuningOrder, pool: WorkerPool): readonly Measured[] {
  const trials = order.candidates.map((settings) => {
    const none = (): number[] => [];
    return { settings, seconds: none(), hrs: none(), ndcgs: none() };
  });
  for (const seed of order.seeds) {
    const split = splitOneOfSampled(0)(order.train, seed);
    const preparation = { validationSplitter: splitOneOfSampled(order.sampleCount), seed };
    const data = prepareData(split, preparation, pool);
    for (const trial of trials) {
      const started = performance.now();
      const scorer = order.contenderOf(trial.settings).train(data);
      if (!scorer) throw new RangeError('the training data lacks what the algorithm needs');
      trial.seconds.push((performance.now() - started) / 1000);
      const seen = trial.hrs.length;
      measureScorer(scorer, data.interactions, split.tests, order.sampleCount, trial);
      const [hr, ndcg] = [trial.hrs, trial.ndcgs].map((values) => mean(values.slice(seen)).toFixed(4));
      order.progress(`seed ${seed}, ${JSON.stringify(trial.settings)}: ${hr} ${ndcg}`);
    }
  }
  return trials.map((trial) => ({ ...trial, seconds: mean(trial.seconds) }));
}

function measureScorer(
  scorer: Scorer,
  interactions: Interactions,
  tests: readonly TestCase[],
  sampleCount: number,
  into: Pick<Measured, 'hrs' | 'ndcgs'>,
): void {
  for (const { userIndex, relevant } of tests) {
    const { itemIndices } = historyOf(interactions, userIndex);
    const scores = scorer(userIndex, null).slice();
    const hidden = [...relevant][0]!;
    for (const item of itemIndices) scores[item] = Number.NaN;
    let betterCount = -1;
    // Ties count as better, the held-out item itself once.
    for (const score of scores) if (score >= scores[hidden]!) betterCount += 1;
    const otherCount = scores.length - itemIndices.length - 1;
    const { hr, ndcg } = expectSampled(betterCount, otherCount, sampleCount, CUTOFF);
    into.hrs.push(hr);
    into.ndcgs.push(ndcg);
  }
}
