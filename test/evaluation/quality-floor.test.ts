/** Quality on real data, on a part that is quick: the whole is `npm run evaluate`. */

import { expect, test } from 'vitest';
import { mean } from '#numeric/statistics.ts';
import { withWorkers } from '#numeric/worker-pool.ts';
import { EASE_DEFAULTS, scoreEase, trainEase } from '#recommendations/algorithms/ease.ts';
import { historyOf, interactionsFromEvents } from '#recommendations/algorithms/interactions.ts';
import { REBUY_DEFAULTS, scoreRebuy, trainRebuy } from '#recommendations/algorithms/rebuy.ts';
import { hasDataset } from '#evaluation/datasets/files.ts';
import { readRatingFolds } from '#evaluation/datasets/movielens-100k.ts';
import { readNcfSplit } from '#evaluation/datasets/movielens-1m.ts';
import { readOnlineRetail } from '#evaluation/datasets/online-retail.ts';
import { measureList } from '#recommendations/training/ranking-metrics.ts';
import { rankCases } from '#evaluation/rankings.ts';
import { measureRatings } from '#evaluation/ratings.ts';
import { splitLastBasket } from '#evaluation/splits.ts';

const NO_DATA = 'the data sets are not here: set DATASETS_DIR to measure quality';

test(
  'EASE on MovieLens-1M is where the published row is, on the first 1,500 users',
  { timeout: 120_000 },
  ({ skip }) => {
    if (!hasDataset('movielens-1m')) skip(NO_DATA);
    const { train, tests } = readNcfSplit();
    const interactions = interactionsFromEvents(train.userIds.length, train.itemIds.length, train);
    const model = withWorkers(2, (pool) => trainEase(interactions, { ...EASE_DEFAULTS, l2: 1320 }, pool));

    const scorer = (user: number): Float64Array => scoreEase(model, historyOf(interactions, user));
    const { best } = rankCases(tests.slice(0, 1500), interactions, scorer, ['best']);

    // All 6,040 users: .7192 and .4494.
    expect(mean(best.map((ranked) => measureList(ranked, 10).hr))).toBeGreaterThan(0.7);
    expect(mean(best.map((ranked) => measureList(ranked, 10).ndcg))).toBeGreaterThan(0.43);
  },
);

test('rebuy on Online Retail ranks the last basket above nDCG@10 .29', { timeout: 120_000 }, ({ skip }) => {
  if (!hasDataset('online-retail.csv.gz')) skip(NO_DATA);
  const { train, tests } = splitLastBasket(readOnlineRetail());
  const interactions = interactionsFromEvents(train.userIds.length, train.itemIds.length, train);
  const model = trainRebuy(interactions, REBUY_DEFAULTS);

  const scorer = (user: number): Float64Array => scoreRebuy(model, historyOf(interactions, user), Number.NaN);
  const { best } = rankCases(tests, interactions, scorer, ['best']);

  expect(mean(best.map((ranked) => measureList(ranked, 10).ndcg))).toBeGreaterThan(0.29);
});

test(
  'neighbourhood methods on MovieLens-100K stay under RMSE .94 on the first fold',
  { timeout: 60_000 },
  ({ skip }) => {
    if (!hasDataset('ml-100k')) skip(NO_DATA);

    const names = ['user-pearson-baseline', 'item-pearson-baseline'];
    const rows = measureRatings('first fold', readRatingFolds().slice(0, 1), names, () => {});

    // The means of the five folds are .9185 and .9124; the first is the hardest.
    for (const name of names) {
      expect(rows.find(({ algorithm }) => algorithm === name)!.metrics['rmse']).toBeLessThan(0.94);
    }
  },
);
