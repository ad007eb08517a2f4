/** Next basket from personal frequency with time decay, and that of similar customers. Uses no item attributes. */

import { type SparseMatrix, sparseFromTriples, transpose } from '#numeric/sparse.ts';
import { selectTopK } from '#numeric/top-k.ts';
import { basketHistoryOf, type BasketHistory, type Baskets } from './baskets.ts';

export type TifuKnnParameters = {
  readonly neighbourCount: number;
  /** Baskets in a group; decay within and between groups. */
  readonly groupSize: number;
  readonly basketDecay: number;
  readonly groupDecay: number;
  /** Share of the customer's own vector in the score; the rest is from the neighbours. */
  readonly ownShare: number;
};

export const TIFU_KNN_DEFAULTS: TifuKnnParameters = {
  neighbourCount: 300,
  groupSize: 7,
  basketDecay: 0.9,
  groupDecay: 0.7,
  ownShare: 0.7,
};

export type TifuKnnModel = {
  readonly parameters: TifuKnnParameters;
  /** users × items: decayed purchase frequencies. */
  readonly byUser: SparseMatrix;
  readonly byItem: SparseMatrix;
  /** Squared length of every user's vector. */
  readonly squares: Float64Array;
};

/** The two summands of a score. */
export type TifuKnnExplanation = {
  readonly own: number;
  readonly neighbours: number;
  readonly neighbourCount: number;
};

/** Computes every user's vector (Hu, He, Gao, Zhang 2020). O(purchases). */
export function trainTifuKnn(baskets: Baskets, parameters: TifuKnnParameters): TifuKnnModel {
  const users: number[] = [];
  const items: number[] = [];
  const values: number[] = [];
  const userCount = baskets.userOffsets.length - 1;
  for (let user = 0; user < userCount; user += 1) {
    for (const [item, value] of decayBaskets(basketHistoryOf(baskets, user), parameters)) {
      users.push(user);
      items.push(item);
      values.push(value);
    }
  }
  const byUser = sparseFromTriples(userCount, baskets.itemCount, users, items, values);
  const squares = new Float64Array(userCount);
  for (let user = 0; user < userCount; user += 1) {
    for (let slot = byUser.offsets[user]!; slot < byUser.offsets[user + 1]!; slot += 1)
      squares[user]! += byUser.values[slot]! ** 2;
  }
  return { parameters, byUser, byItem: transpose(byUser), squares };
}

/**
 * score = ownShare · own vector + (1 - ownShare) · mean vector of the nearest users by Euclidean distance.
 * @param self a user to exclude, usually the customer's own row
 */
export function scoreTifuKnn(model: TifuKnnModel, history: BasketHistory, self = -1): Float64Array {
  const { parameters, byUser } = model;
  const own = decayBaskets(history, parameters);
  const scores = new Float64Array(byUser.columnCount);
  for (const [item, value] of own) scores[item]! += parameters.ownShare * value;
  const neighbours = findNeighbours(model, own, self);
  for (const user of neighbours) {
    for (let slot = byUser.offsets[user]!; slot < byUser.offsets[user + 1]!; slot += 1) {
      scores[byUser.columns[slot]!]! +=
        ((1 - parameters.ownShare) * byUser.values[slot]!) / neighbours.length;
    }
  }
  return scores;
}

/** The parts of one score: own + neighbours. */
export function explainTifuKnn(
  model: TifuKnnModel,
  history: BasketHistory,
  itemIndex: number,
  self = -1,
): TifuKnnExplanation {
  const { parameters, byItem } = model;
  const own = decayBaskets(history, parameters);
  const neighbours = findNeighbours(model, own, self);
  const isNeighbour = new Set(neighbours);
  let sum = 0;
  let count = 0;
  for (let slot = byItem.offsets[itemIndex]!; slot < byItem.offsets[itemIndex + 1]!; slot += 1) {
    if (!isNeighbour.has(byItem.columns[slot]!)) continue;
    sum += byItem.values[slot]!;
    count += 1;
  }
  return {
    own: parameters.ownShare * (own.get(itemIndex) ?? 0),
    neighbours: neighbours.length > 0 ? ((1 - parameters.ownShare) * sum) / neighbours.length : 0,
    neighbourCount: count,
  };
}

/**
 * Mean over groups, decayed by age, of the mean over their baskets, decayed by age. The newest group is complete, the
 * oldest may be shorter.
 */
function decayBaskets(history: BasketHistory, parameters: TifuKnnParameters): Map<number, number> {
  const { groupSize, basketDecay, groupDecay } = parameters;
  const vector = new Map<number, number>();
  const groupCount = Math.ceil(history.length / groupSize);
  for (const [index, basket] of history.entries()) {
    const age = history.length - 1 - index;
    const group = Math.floor(age / groupSize);
    const groupLength = Math.min(groupSize, history.length - group * groupSize);
    const weight = (basketDecay ** (age % groupSize) * groupDecay ** group) / (groupLength * groupCount);
    for (const item of basket) vector.set(item, (vector.get(item) ?? 0) + weight);
  }
  return vector;
}

function findNeighbours(model: TifuKnnModel, own: ReadonlyMap<number, number>, self: number): Uint32Array {
  const { byItem, squares, parameters } = model;
  const products = new Float64Array(squares.length);
  for (const [item, value] of own) {
    for (let slot = byItem.offsets[item]!; slot < byItem.offsets[item + 1]!; slot += 1) {
      products[byItem.columns[slot]!]! += value * byItem.values[slot]!;
    }
  }
  // The squared distance without the customer's own square, which is constant. Users without a common item are not
  // neighbours.
  const closeness = products.map((product, user) =>
    product > 0 && user !== self ? 2 * product - squares[user]! : -Infinity,
  );
  return selectTopK(closeness, parameters.neighbourCount);
}
