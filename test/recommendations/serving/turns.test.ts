/** A large catalogue is ranked over many turns of the event loop: counted, not timed. */
import type { Catalog } from '#catalog/catalog-index.ts';
import type { ProductRow } from '#catalog/queries.ts';
import { createRandom } from '#numeric/random.ts';
import { packIds } from '#recommendations/histories/id-index.ts';
import { internItems } from '#recommendations/histories/item-index.ts';
import { historyOfProducts } from '#recommendations/histories/user-history.ts';
import type { Models } from '#recommendations/models/registry.ts';
import { blend } from '#recommendations/recommenders/blend.ts';
import { itemKnn } from '#recommendations/recommenders/item-knn.ts';
import { rp3beta } from '#recommendations/recommenders/linear.ts';
import { mlp } from '#recommendations/recommenders/neural.ts';
import {
  encodeJson,
  type ModelParts,
  type Recommender,
  type TrainingData,
} from '#recommendations/recommenders/recommender.ts';
import { chooseByAlgorithm, type ServingSnapshot } from '#recommendations/serving/lists.ts';
import { createTopK } from '#recommendations/serving/top-k.ts';
import { expect, test } from 'vitest';

import { idOf, makeTrainingData } from '../training-data.ts';

const ITEMS = 92_000;

function makePurchases(itemCount: number): TrainingData {
  return makeTrainingData(3, itemCount, {
    userIndices: [0, 0, 1, 1, 2, 2],
    itemIndices: [1, 2, 2, 3, 3, 1],
    times: [0, 1, 0, 1, 0, 1],
  });
}

const items = internItems(packIds(Array.from({ length: ITEMS }, (_, item) => idOf(item))), []);

/** A tower of the size that training makes, of random weights. */
function openTower(): Recommender {
  const random = createRandom(1);
  const fill = (length: number) => Float32Array.from({ length }, () => random.uniform() - 0.5);
  const parts: ModelParts = {
    'settings.json': encodeJson({ factorCount: 0, towerWidths: [64, 32, 16], seed: 1 }),
    'product.items.f32': fill(0),
    'tower.items.f32': fill(ITEMS * 32),
    'layers.0.f32': fill(65 * 32),
    'layers.1.f32': fill(33 * 16),
    'output.f32': fill(17),
    'product.start.f32': fill(0),
    'tower.start.f32': fill(32),
  };
  return mlp.open(parts, items);
}

function shelfOf(recommender: Recommender, signal?: AbortSignal): ServingSnapshot {
  const model = { id: '', algorithm: 'mlp', version: 1, items, recommender } as const;
  const places = new Map(Array.from({ length: ITEMS }, (_, item) => [idOf(item), item]));
  const catalog = {
    products: Array.from(places.keys(), (id) => ({ id }) as ProductRow),
    indexOf: (id: string) => places.get(id),
  } as unknown as Catalog;
  return {
    models: { get: () => model, defaultFor: () => 'mlp' } as unknown as Models,
    catalog,
    candidates: new Uint8Array(ITEMS).fill(1),
    nowMs: 0,
    signal,
  };
}

const visitor = { userHistory: historyOfProducts(new Map([[idOf(1), 1]])), customerId: null, country: null };

test('other requests have their turns while a network scores a large catalogue', async () => {
  const snapshot = shelfOf(openTower());
  let turns = 0;
  let isDone = false;
  const beat = (): void => {
    turns += 1;
    if (!isDone) setImmediate(beat);
  };
  setImmediate(beat);

  const list = await chooseByAlgorithm(snapshot, visitor, 'mlp', 'discover', 10);
  isDone = true;

  expect(list).toHaveLength(10);
  expect(turns).toBeGreaterThan(3);
});

test('what is ranked for nobody any more stops', async () => {
  const controller = new AbortController();
  const snapshot = shelfOf(openTower(), controller.signal);
  setImmediate(() => controller.abort(new Error('the client went away')));

  await expect(chooseByAlgorithm(snapshot, visitor, 'mlp', 'discover', 10)).rejects.toThrow('went away');
});

test('a blend looks up after each member and every few thousand products', () => {
  const few = makePurchases(9000);
  const trained = new Map(
    ([itemKnn, rp3beta] as const).map((kind) => [kind.algorithm, kind.train(few, kind.hyperparameters, 1)]),
  );
  const weights = { 'item-knn': 0.5, rp3beta: 0.5 };
  const fewItems = internItems(few.productIds, []);
  const recommender = blend.open(
    blend.train(few, { ...blend.hyperparameters, weights }, 1, trained),
    fewItems,
  );
  const { history, known } = visitor.userHistory.readIn(fewItems);
  const top = createTopK(10, new Uint8Array(9000).fill(1), known, 'any');

  const steps = recommender.rank({ history, customerId: null, country: null, nowMs: 0 }, top);

  expect([...steps!]).toHaveLength(2 + 3);
  expect(top.itemIndices.length).toBeGreaterThan(0);
});
