/** Scores a history with the item factors of BPR, and splits a score by items of the history. Trains nothing. */

import { createRandom } from '#numeric/random.ts';
import { type BprModel } from './bpr.ts';
import { type Contribution, type History } from './interactions.ts';

/** The parts of a model that serving needs. */
export type BprItems = Pick<BprModel, 'parameters' | 'itemCount' | 'itemFactors' | 'itemBiases'>;

const FOLD_IN_PASSES = 20;

/**
 * The customer's factors for fixed items, by the gradient ascent of training: each step moves them towards an item of
 * the history and away from a sampled one. O(passes · history · factors).
 * @returns history × factors: the sum of the steps for each item of the history; their total is the customer
 */
function foldIn(
  { parameters, itemCount, itemFactors }: BprItems,
  history: History,
  seed: number,
): Float64Array {
  const { factorCount: d, learningRate, regularisation } = parameters;
  const random = createRandom(seed);
  const { itemIndices, weights } = history;
  const owned = new Set(itemIndices);
  const user = new Float64Array(d);
  const parts = new Float64Array(itemIndices.length * d);
  // Every step shrinks all earlier additions: one scalar represents that.
  let scale = 1;
  for (let triple = 0; triple < FOLD_IN_PASSES * itemIndices.length; triple += 1) {
    const entry = triple % itemIndices.length;
    const negativeItem = random.integer(itemCount);
    if (owned.has(negativeItem)) continue;
    const positive = itemIndices[entry]! * d;
    const negative = negativeItem * d;
    let difference = 0;
    for (let factor = 0; factor < d; factor += 1)
      difference += user[factor]! * (itemFactors[positive + factor]! - itemFactors[negative + factor]!);
    const step = (weights[entry]! * learningRate) / (1 + Math.exp(scale * difference));
    scale *= 1 - learningRate * regularisation;
    for (let factor = 0; factor < d; factor += 1) {
      const added = (step / scale) * (itemFactors[positive + factor]! - itemFactors[negative + factor]!);
      user[factor]! += added;
      parts[entry * d + factor]! += added;
    }
  }
  return parts.map((part) => part * scale);
}

/** score_j = bias_j + w · h_j, length items. */
export function scoreBprHistory(model: BprItems, history: History, seed: number): Float64Array {
  const { itemFactors, itemBiases } = model;
  const d = model.parameters.factorCount;
  const parts = foldIn(model, history, seed);
  const user = new Float64Array(d);
  for (let cell = 0; cell < parts.length; cell += 1) user[cell % d]! += parts[cell]!;
  return Float64Array.from(itemBiases, (bias, item) => bias + dot(user, 0, itemFactors, item * d, d));
}

/** Contribution of each item of the history: with the item's bias they sum to the score. */
export function explainBprHistory(
  model: BprItems,
  history: History,
  itemIndex: number,
  seed: number,
): readonly Contribution[] {
  const d = model.parameters.factorCount;
  const parts = foldIn(model, history, seed);
  return Array.from(history.itemIndices, (item, entry) => ({
    itemIndex: item,
    value: dot(parts, entry * d, model.itemFactors, itemIndex * d, d),
  }));
}

function dot(
  left: Float64Array,
  leftStart: number,
  right: Float32Array,
  rightStart: number,
  length: number,
): number {
  let sum = 0;
  for (let index = 0; index < length; index += 1)
    sum += left[leftStart + index]! * right[rightStart + index]!;
  return sum;
}
