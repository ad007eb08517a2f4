import type { Catalog } from '#catalog/catalog-index.ts';
import type { ProductRow } from '#catalog/queries.ts';
import { historyOf } from '#recommendations/algorithms/interactions.ts';
import { packIds } from '#recommendations/histories/id-index.ts';
import { internItems } from '#recommendations/histories/item-index.ts';
import type { ScoredProduct } from '#recommendations/serving/lists.ts';
import { explainChoice } from '#recommendations/serving/reasons.ts';
import { itemKnn } from '#recommendations/recommenders/item-knn.ts';
import { expect, test } from 'vitest';

import { makeTrainingData } from '../training-data.ts';

const ITEMS = 6;
const ids = Array.from({ length: ITEMS }, (_, item) => `00000000-0000-7000-8000-00000000000${item}`);
const products = ids.map((id, item) => ({ id, name: `product ${item}` }) as ProductRow);
const catalog = { products, indexOf: (id: string) => ids.indexOf(id) } as unknown as Catalog;

/** Customer `user` has the items up to their number, and the last one has them all: some pairs are closer than others. */
function chooseFirstItem(historyLength: number): ScoredProduct {
  const purchases = ids.flatMap((_, user) => ids.slice(0, user + 1).map((_, item) => ({ user, item })));
  const items = internItems(packIds(ids), []);
  const data = makeTrainingData(ITEMS, ITEMS, {
    userIndices: purchases.map(({ user }) => user),
    itemIndices: purchases.map(({ item }) => item),
    times: purchases.map(() => 0),
  });
  const recommender = itemKnn.open(itemKnn.train(data, itemKnn.hyperparameters, 1), items);
  const history = historyOf(data.interactions, historyLength - 1);
  const visitor = { history, customerId: null, country: null, nowMs: 0 };
  const score = recommender.explain(visitor, 0).reduce((sum, part) => sum + part.weight, 0);
  const model = { id: '', algorithm: 'item-knn', version: 1, items, recommender } as const;
  const ranking = { model, visitor, catalog, positions: items.positionsIn(catalog) };
  return { product: products[0]!, score, isRepeat: false, itemIndex: 0, ranking };
}

test('tells four parts one by one', () => {
  const reasons = explainChoice(chooseFirstItem(5), 10);

  expect(reasons.map(({ product }) => product?.name)).toEqual([
    'product 1',
    'product 2',
    'product 3',
    'product 4',
  ]);
});

test('tells the three weightiest of many parts and the rest in one, so that the weights still add up', () => {
  const choice = chooseFirstItem(6);

  const reasons = explainChoice(choice, 10);

  expect(reasons.map(({ text }) => text)).toEqual([
    'Customers who bought product 1 often buy this too.',
    'Customers who bought product 2 often buy this too.',
    'Customers who bought product 3 often buy this too.',
    'So do customers who bought 2 other products of this history.',
  ]);
  expect(reasons.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(choice.score, 12);
});
