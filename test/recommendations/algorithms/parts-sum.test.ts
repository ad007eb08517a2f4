import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { basketHistoryOf, basketsFromEvents } from '#recommendations/algorithms/baskets.ts';
import {
  CONTENT_DEFAULTS,
  explainContent,
  scoreContent,
  trainContent,
} from '#recommendations/algorithms/content.ts';
import { EASE_DEFAULTS, explainEase, scoreEase, trainEase } from '#recommendations/algorithms/ease.ts';
import {
  EASE_WITH_TAIL_DEFAULTS,
  explainEaseWithTail,
  scoreEaseWithTail,
  trainEaseWithTail,
} from '#recommendations/algorithms/ease-with-tail.ts';
import { IALS_DEFAULTS, trainIals } from '#recommendations/algorithms/ials.ts';
import { explainIals, scoreIals } from '#recommendations/algorithms/ials-fold-in.ts';
import {
  type Contribution,
  type History,
  historyOf,
  type Interactions,
} from '#recommendations/algorithms/interactions.ts';
import { ITEM_KNN_DEFAULTS, trainItemKnn } from '#recommendations/algorithms/item-knn.ts';
import { explainByNeighbours, scoreByNeighbours } from '#recommendations/algorithms/item-neighbours.ts';
import { explainRebuy, REBUY_DEFAULTS, scoreRebuy, trainRebuy } from '#recommendations/algorithms/rebuy.ts';
import { RP3BETA_DEFAULTS, trainRp3beta } from '#recommendations/algorithms/rp3beta.ts';
import {
  explainSessionKnn,
  scoreSessionKnn,
  SESSION_KNN_DEFAULTS,
  trainSessionKnn,
} from '#recommendations/algorithms/session-knn.ts';
import { SLIM_DEFAULTS, trainSlim } from '#recommendations/algorithms/slim.ts';
import {
  explainTifuKnn,
  scoreTifuKnn,
  TIFU_KNN_DEFAULTS,
  trainTifuKnn,
} from '#recommendations/algorithms/tifu-knn.ts';
import {
  explainUserKnn,
  scoreUserKnn,
  trainUserKnn,
  USER_KNN_DEFAULTS,
} from '#recommendations/algorithms/user-knn.ts';
import { SINGLE_THREAD } from '#numeric/worker-pool.ts';
import { anyShop, sumOf } from './shop.ts';

type Model = {
  readonly score: (history: History) => Float64Array;
  readonly explain: (history: History, itemIndex: number) => readonly Contribution[];
};

const LINEAR_METHODS: Readonly<Record<string, (shop: Interactions) => Model>> = {
  'item kNN': (shop) => neighbourModel(trainItemKnn(shop, { ...ITEM_KNN_DEFAULTS, neighbourCount: 4 })),
  RP3beta: (shop) => neighbourModel(trainRp3beta(shop, { ...RP3BETA_DEFAULTS, neighbourCount: 4 })),
  SLIM: (shop) => neighbourModel(trainSlim(shop, { ...SLIM_DEFAULTS, l1: 0.1, l2: 1 })),
  EASE: (shop) => {
    const model = trainEase(shop, { ...EASE_DEFAULTS, l2: 2 });
    return {
      score: (history) => scoreEase(model, history),
      explain: (history, item) => explainEase(model, history, item),
    };
  },
  'EASE with a tail': (shop) => {
    const model = trainEaseWithTail(shop, { ...EASE_WITH_TAIL_DEFAULTS, headCount: 4 }, SINGLE_THREAD);
    return {
      score: (history) => scoreEaseWithTail(model, history),
      explain: (history, item) => explainEaseWithTail(model, history, item),
    };
  },
  iALS: (shop) => {
    const model = trainIals(shop, { ...IALS_DEFAULTS, factorCount: 4, epochs: 2, regularisation: 0.1 }, 1);
    return {
      score: (history) => scoreIals(model, history),
      explain: (history, item) => explainIals(model, history, item),
    };
  },
};

test.each(Object.keys(LINEAR_METHODS))(
  '%s: what the history items add is the score, for any weights',
  (method) => {
    fc.assert(
      fc.property(anyShop, fc.nat(9), fc.float({ min: 0.125, max: 2, noNaN: true }), (shop, item, weight) => {
        const model = LINEAR_METHODS[method]!(shop);
        const own = historyOf(shop, 0);
        const history = { ...own, weights: own.weights.map((_, entry) => (entry === 0 ? weight : 1)) };

        expect(sumOf(model.explain(history, item))).toBeCloseTo(model.score(history)[item]!, 5);
      }),
      { numRuns: 25 },
    );
  },
);

const anyUserKnn = fc.record({
  chosenBy: fc.constantFrom('customer' as const, 'neighbour' as const),
  similarity: fc.constantFrom('cosine' as const, 'jaccard' as const, 'asymmetric' as const),
  weighting: fc.constantFrom('binary' as const, 'idf' as const),
});

test('user kNN: the similarities of the similar users who have the item are its score', () => {
  fc.assert(
    fc.property(anyShop, fc.nat(9), anyUserKnn, (shop, item, parameters) => {
      const model = trainUserKnn(shop, { ...USER_KNN_DEFAULTS, ...parameters, neighbourCount: 3 });
      const history = historyOf(shop, 0);
      const similar = explainUserKnn(model, history, item, 0);

      const sum = similar.reduce((total, { similarity }) => total + similarity, 0);
      expect(sum).toBeCloseTo(scoreUserKnn(model, history, 0)[item]!, 9);
    }),
  );
});

test('rebuy: own purchase days and the prior are the score', () => {
  fc.assert(
    fc.property(anyShop, fc.nat(400), (shop, laterDays) => {
      const model = trainRebuy(shop, REBUY_DEFAULTS);
      const history = historyOf(shop, 0);
      const item = history.itemIndices[0]!;
      const now = laterDays * 86_400_000;
      const parts = explainRebuy(model, history, item, now)!;

      expect(parts.own + parts.prior).toBe(scoreRebuy(model, history, now)[item]);
    }),
  );
});

test('TIFU-KNN and session kNN: own, neighbours and session items are the score', () => {
  fc.assert(
    fc.property(anyShop, fc.nat(9), (shop, item) => {
      const baskets = basketsOf(shop);
      const history = basketHistoryOf(baskets, 0);
      const tifu = trainTifuKnn(baskets, { ...TIFU_KNN_DEFAULTS, neighbourCount: 3 });
      const parts = explainTifuKnn(tifu, history, item, 0);
      expect(parts.own + parts.neighbours).toBeCloseTo(scoreTifuKnn(tifu, history, 0)[item]!, 6);

      const session = history.flatMap((basket) => Array.from(basket));
      const sessions = trainSessionKnn(baskets, { ...SESSION_KNN_DEFAULTS, neighbourCount: 4 }, Number.NaN);
      expect(sumOf(explainSessionKnn(sessions, session, item))).toBeCloseTo(
        scoreSessionKnn(sessions, session)[item]!,
        9,
      );
    }),
  );
});

test('content: the keywords are the score', () => {
  const texts = Array.from(
    { length: 10 },
    (_, item) => `red candle ${item % 3 === 0 ? 'glass' : 'tin'} number${item}`,
  );
  fc.assert(
    fc.property(anyShop, fc.nat(9), fc.constantFrom('tf-idf', 'bm25'), (shop, item, weighting) => {
      const model = trainContent(texts, { ...CONTENT_DEFAULTS, weighting });
      const history = historyOf(shop, 0);

      expect(sumOf(explainContent(model, history, item))).toBeCloseTo(scoreContent(model, history)[item]!, 6);
    }),
  );
});

function neighbourModel(neighbours: ReturnType<typeof trainItemKnn>): Model {
  return {
    score: (history) => scoreByNeighbours(neighbours, history),
    explain: (history, item) => explainByNeighbours(neighbours, history, item),
  };
}

/** Baskets of a shop: every item on the day of its first purchase. */
function basketsOf({ byUser, firstAt }: Interactions): ReturnType<typeof basketsFromEvents> {
  const userIndices = new Uint32Array(byUser.columns.length);
  for (let user = 0; user < byUser.rowCount; user += 1) {
    userIndices.fill(user, byUser.offsets[user], byUser.offsets[user + 1]);
  }
  return basketsFromEvents(byUser.rowCount, byUser.columnCount, {
    userIndices,
    itemIndices: byUser.columns,
    times: firstAt,
  });
}
