/** Matrix factorisation by pairs: an item of a customer should rank above a sampled one. Uses no ratings. */

import { createRandom, type Random } from '#numeric/random.ts';
import { findSlot, type History, type Interactions } from './interactions.ts';

export type BprParameters = {
  readonly factorCount: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly regularisation: number;
};

export const BPR_DEFAULTS: BprParameters = {
  factorCount: 64,
  epochs: 40,
  learningRate: 0.05,
  regularisation: 0.005,
};

export type BprModel = {
  readonly parameters: BprParameters;
  readonly itemCount: number;
  /** users × factors and items × factors, row-major. */
  readonly userFactors: Float32Array;
  readonly itemFactors: Float32Array;
  readonly itemBiases: Float32Array;
};

/**
 * Maximises the sum of ln σ(x_ui - x_uj) over items i of the user and sampled others j, by stochastic ascent (Rendle et
 * al. 2009). One pass draws as many triples as there are interactions. O(epochs · interactions · factors).
 */
export function trainBpr({ byUser }: Interactions, parameters: BprParameters, seed: number): BprModel {
  const random = createRandom(seed);
  const { factorCount } = parameters;
  const draw = (rows: number): Float32Array =>
    Float32Array.from({ length: rows * factorCount }, () => (0.1 / Math.sqrt(factorCount)) * random.normal());
  const model = {
    parameters,
    itemCount: byUser.columnCount,
    userFactors: draw(byUser.rowCount),
    itemFactors: draw(byUser.columnCount),
    itemBiases: new Float32Array(byUser.columnCount),
  };
  const owners = new Uint32Array(byUser.columns.length);
  for (let user = 0; user < byUser.rowCount; user += 1)
    owners.fill(user, byUser.offsets[user], byUser.offsets[user + 1]);

  for (let epoch = 0; epoch < parameters.epochs; epoch += 1) {
    // A decreasing learning rate: large steps first, small ones to converge.
    const rate = parameters.learningRate * (1 - epoch / parameters.epochs);
    for (let triple = 0; triple < owners.length; triple += 1) {
      const slot = random.integer(owners.length);
      const user = owners[slot]!;
      const negative = random.integer(byUser.columnCount);
      if (findSlot(byUser, user, negative) >= 0) continue;
      ascend(model, model.userFactors, user * factorCount, byUser.columns[slot]!, negative, rate);
    }
  }
  return model;
}

/** Scores of all items for a user of the training data. */
export function scoreBprUser(model: BprModel, userIndex: number): Float64Array {
  const { factorCount } = model.parameters;
  return scoreFactors(
    model,
    model.userFactors.subarray(userIndex * factorCount, (userIndex + 1) * factorCount),
  );
}

/** Scores of all items for a history: the customer's factors are learned against fixed items, in a few passes. */
export function scoreBpr(model: BprModel, history: History, seed: number): Float64Array {
  return scoreFactors(model, foldIn(model, history, createRandom(seed)));
}

const FOLD_IN_PASSES = 20;

function foldIn(model: BprModel, history: History, random: Random): Float32Array {
  const { factorCount, learningRate, regularisation } = model.parameters;
  const user = new Float32Array(factorCount);
  const owned = new Set(history.itemIndices);
  for (let triple = 0; triple < FOLD_IN_PASSES * owned.size; triple += 1) {
    const positive = history.itemIndices[triple % owned.size]! * factorCount;
    const negativeItem = random.integer(model.itemCount);
    if (owned.has(negativeItem)) continue;
    const negative = negativeItem * factorCount;
    let difference = 0;
    for (let factor = 0; factor < factorCount; factor += 1) {
      difference +=
        user[factor]! * (model.itemFactors[positive + factor]! - model.itemFactors[negative + factor]!);
    }
    const step = learningRate / (1 + Math.exp(difference));
    for (let factor = 0; factor < factorCount; factor += 1) {
      const gap = model.itemFactors[positive + factor]! - model.itemFactors[negative + factor]!;
      user[factor]! += step * gap - learningRate * regularisation * user[factor]!;
    }
  }
  return user;
}

function ascend(
  model: BprModel,
  users: Float32Array,
  user: number,
  positiveItem: number,
  negativeItem: number,
  rate: number,
): void {
  const { itemFactors: items, itemBiases: biases } = model;
  const { factorCount, regularisation } = model.parameters;
  const positive = positiveItem * factorCount;
  const negative = negativeItem * factorCount;
  let difference = biases[positiveItem]! - biases[negativeItem]!;
  for (let factor = 0; factor < factorCount; factor += 1) {
    difference += users[user + factor]! * (items[positive + factor]! - items[negative + factor]!);
  }
  const slope = 1 / (1 + Math.exp(difference));
  for (let factor = 0; factor < factorCount; factor += 1) {
    const userHistory = users[user + factor]!;
    const liked = items[positive + factor]!;
    const other = items[negative + factor]!;
    users[user + factor]! += rate * (slope * (liked - other) - regularisation * userHistory);
    items[positive + factor]! += rate * (slope * userHistory - regularisation * liked);
    items[negative + factor]! += rate * (-slope * userHistory - regularisation * other);
  }
  biases[positiveItem]! += rate * (slope - regularisation * biases[positiveItem]!);
  biases[negativeItem]! += rate * (-slope - regularisation * biases[negativeItem]!);
}

function scoreFactors(model: BprModel, user: Float32Array): Float64Array {
  const { itemCount, itemFactors, itemBiases } = model;
  const scores = new Float64Array(itemCount);
  for (let item = 0; item < itemCount; item += 1) {
    let sum = itemBiases[item]!;
    const start = item * user.length;
    for (let factor = 0; factor < user.length; factor += 1)
      sum += user[factor]! * itemFactors[start + factor]!;
    scores[item] = sum;
  }
  return scores;
}
