/** Every algorithm for the evaluation: trained on a split, scoring users by index. */

import type { Scorer, TestCase } from '#recommendations/training/blending.ts';
import { mean } from '#numeric/statistics.ts';
import { type WorkerPool } from '#numeric/worker-pool.ts';
import { selectTopK } from '#numeric/top-k.ts';
import { type BasketHistory, basketHistoryOf, type Baskets } from '#recommendations/algorithms/baskets.ts';
import { BPR_DEFAULTS, scoreBprUser, trainBpr } from '#recommendations/algorithms/bpr.ts';
import { CONTENT_DEFAULTS, scoreContent, trainContent } from '#recommendations/algorithms/content.ts';
import { EASE_DEFAULTS, EDLAE_DEFAULTS, scoreEase, trainEase } from '#recommendations/algorithms/ease.ts';
import {
  EASE_WITH_TAIL_DEFAULTS,
  scoreEaseWithTail,
  trainEaseWithTail,
} from '#recommendations/algorithms/ease-with-tail.ts';
import { IALS_DEFAULTS, trainIals } from '#recommendations/algorithms/ials.ts';
import { scoreIalsUser } from '#recommendations/algorithms/ials-fold-in.ts';
import { historyOf, type Interactions } from '#recommendations/algorithms/interactions.ts';
import { ITEM_KNN_DEFAULTS, trainItemKnn } from '#recommendations/algorithms/item-knn.ts';
import { type ItemNeighbours, scoreByNeighbours } from '#recommendations/algorithms/item-neighbours.ts';
import {
  NEUMF_DEFAULTS,
  type NeumfParameters,
  scoreNeumfItems,
  trainNeumf,
} from '#recommendations/algorithms/neumf.ts';
import { scorePersonalFrequency, scoreTopFrequency } from '#recommendations/algorithms/personal-frequency.ts';
import {
  POPULARITY_DEFAULTS,
  scorePopularity,
  trainPopularity,
} from '#recommendations/algorithms/popularity.ts';
import { REBUY_DEFAULTS, scoreRebuy, trainRebuy } from '#recommendations/algorithms/rebuy.ts';
import { RP3BETA_DEFAULTS, trainRp3beta } from '#recommendations/algorithms/rp3beta.ts';
import {
  scoreSessionKnn,
  SESSION_KNN_DEFAULTS,
  trainSessionKnn,
} from '#recommendations/algorithms/session-knn.ts';
import { SLIM_DEFAULTS, trainSlim } from '#recommendations/algorithms/slim.ts';
import { scoreTifuKnn, TIFU_KNN_DEFAULTS, trainTifuKnn } from '#recommendations/algorithms/tifu-knn.ts';
import { scoreUserKnn, trainUserKnn, USER_KNN_DEFAULTS } from '#recommendations/algorithms/user-knn.ts';
import { measureList } from '#recommendations/training/ranking-metrics.ts';

/** Training data of an algorithm. */
export type TrainingData = {
  readonly interactions: Interactions;
  /** Null if events have no time. */
  readonly baskets: Baskets | null;
  readonly itemTexts: readonly string[] | null;
  readonly now: number;
  readonly seed: number;
  readonly pool: WorkerPool;
  /** A part of the training data with its own held-out events, for early stopping. */
  readonly validation: () => ValidationData;
};

export type ValidationData = {
  readonly interactions: Interactions;
  readonly tests: readonly TestCase[];
};

/** An algorithm with fixed parameters; `train` returns null where required data is missing. */
export type ModelUnderTest = {
  readonly parameters: object;
  readonly train: (data: TrainingData) => Scorer | null;
};

function define<Parameters extends object>(
  defaults: Parameters,
  train: (data: TrainingData, parameters: Parameters) => Scorer | null,
): (parameters?: Partial<Parameters>) => ModelUnderTest {
  return (changes) => {
    const parameters = { ...defaults, ...changes };
    return { parameters, train: (data) => train(data, parameters) };
  };
}

export const MODELS_UNDER_TEST = {
  popularity: define(POPULARITY_DEFAULTS, ({ interactions, now }, parameters) => {
    const model = trainPopularity(interactions, parameters, now);
    return () => scorePopularity(model);
  }),
  'personal-frequency': define({}, ({ interactions, baskets }) => {
    if (!baskets) return null;
    const { overall } = trainPopularity(interactions, POPULARITY_DEFAULTS, Number.NaN);
    return (user) => scorePersonalFrequency(overall, historyOf(interactions, user));
  }),
  'gp-topfreq': define({}, ({ interactions, baskets }) => {
    if (!baskets) return null;
    const { overall } = trainPopularity(interactions, POPULARITY_DEFAULTS, Number.NaN);
    return (user) => scoreTopFrequency(overall, historyOf(interactions, user));
  }),
  rebuy: define(REBUY_DEFAULTS, ({ interactions, baskets, now }, parameters) => {
    if (!baskets) return null;
    const model = trainRebuy(interactions, parameters);
    return (user) => scoreRebuy(model, historyOf(interactions, user), now);
  }),
  'tifu-knn': define(TIFU_KNN_DEFAULTS, ({ baskets }, parameters) => {
    if (!baskets) return null;
    const model = trainTifuKnn(baskets, parameters);
    return (user) => scoreTifuKnn(model, basketHistoryOf(baskets, user), user);
  }),
  'session-knn': define(SESSION_KNN_DEFAULTS, ({ baskets, now }, parameters) => {
    if (!baskets) return null;
    const model = trainSessionKnn(baskets, parameters, now);
    return (user) => scoreSessionKnn(model, lastItems(basketHistoryOf(baskets, user)));
  }),
  content: define(CONTENT_DEFAULTS, ({ interactions, itemTexts }, parameters) => {
    if (!itemTexts) return null;
    const model = trainContent(itemTexts, parameters);
    return (user) => scoreContent(model, historyOf(interactions, user));
  }),
  'item-knn': define(ITEM_KNN_DEFAULTS, ({ interactions, pool }, parameters) =>
    byNeighbours(interactions, trainItemKnn(interactions, parameters, pool)),
  ),
  'user-knn': define(USER_KNN_DEFAULTS, ({ interactions, pool }, parameters) => {
    const model = trainUserKnn(interactions, parameters, pool);
    return (user) => scoreUserKnn(model, historyOf(interactions, user), user);
  }),
  rp3beta: define(RP3BETA_DEFAULTS, ({ interactions, pool }, parameters) =>
    byNeighbours(interactions, trainRp3beta(interactions, parameters, pool)),
  ),
  ease: define(EASE_DEFAULTS, trainEaseContender),
  'ease-with-tail': define(EASE_WITH_TAIL_DEFAULTS, ({ interactions, pool }, parameters) => {
    const model = trainEaseWithTail(interactions, parameters, pool);
    return (user) => scoreEaseWithTail(model, historyOf(interactions, user));
  }),
  edlae: define(EDLAE_DEFAULTS, trainEaseContender),
  slim: define(SLIM_DEFAULTS, ({ interactions, pool }, parameters) =>
    byNeighbours(interactions, trainSlim(interactions, parameters, pool)),
  ),
  ials: define(IALS_DEFAULTS, ({ interactions, seed, pool }, parameters) => {
    const model = trainIals(interactions, parameters, seed, pool);
    return (user) => scoreIalsUser(model, user);
  }),
  bpr: define(BPR_DEFAULTS, ({ interactions, seed }, parameters) => {
    const model = trainBpr(interactions, parameters, seed);
    return (user) => scoreBprUser(model, user);
  }),
  mlp: define({ ...NEUMF_DEFAULTS, productFactors: 0 }, trainNeuralContender),
  neumf: define(NEUMF_DEFAULTS, trainNeuralContender),
} as const;

function trainEaseContender({ interactions, pool }: TrainingData, parameters: typeof EASE_DEFAULTS): Scorer {
  const model = trainEase(interactions, parameters, pool);
  return (user) => scoreEase(model, historyOf(interactions, user));
}

function trainNeuralContender({ validation, seed }: TrainingData, parameters: NeumfParameters): Scorer {
  const { interactions, tests } = validation();
  const everyItem = Uint32Array.from({ length: interactions.byUser.columnCount }, (_, item) => item);
  // Two thousand users suffice to compare epochs, and ranking all of them would take longer than an epoch.
  const asked = tests.slice(0, 2000);
  const network = trainNeumf(interactions, parameters, seed, (epoch) => {
    const gains = asked.map(({ userIndex, relevant, candidates }) => {
      const items = candidates ?? everyItem;
      const places = selectTopK(scoreNeumfItems(epoch, userIndex, items), 10);
      const list = places.map((index) => items[index]!);
      return measureList({ userIndex, list, relevant, historyLength: 0 }, 10).ndcg;
    });
    return mean(gains);
  });
  return (user, wanted) => {
    const items = wanted ?? everyItem;
    const scores = new Float64Array(everyItem.length).fill(-Infinity);
    const logits = scoreNeumfItems(network, user, items);
    for (const [index, item] of items.entries()) scores[item] = logits[index]!;
    return scores;
  };
}

function byNeighbours(interactions: Interactions, neighbours: ItemNeighbours): Scorer {
  return (user) => scoreByNeighbours(neighbours, historyOf(interactions, user));
}

/** The last baskets, up to ten items: as if they had just been viewed. */
function lastItems(history: BasketHistory): readonly number[] {
  return history.flatMap((basket) => [...basket]).slice(-10);
}
