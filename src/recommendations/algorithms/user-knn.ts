/** User-based collaborative filtering over the current history. Stores no pairs of users. */

import { type SparseMatrix, transpose } from '#numeric/sparse.ts';
import { type PoolWorker, SINGLE_THREAD, type WorkerPool } from '#numeric/worker-pool.ts';
import { selectTopK } from '#numeric/top-k.ts';
import { findSlot, type History, type Interactions } from './interactions.ts';

export type UserSimilarity = 'cosine' | 'jaccard' | 'asymmetric';

export type UserKnnParameters = {
  readonly neighbourCount: number;
  readonly similarity: UserSimilarity;
  /** Asymmetric only: 0.5 is the cosine, 1 is the share of the customer's own items that the other one has. */
  readonly asymmetry: number;
  /** Added to the denominator. */
  readonly shrinkage: number;
  /** `idf`: an item counts by the square of ln(users / its users), so that common items have little weight. */
  readonly weighting: 'binary' | 'idf';
  /**
   * `customer`: the users nearest to the customer. `neighbour`: all users to whom the customer is among the nearest,
   * which ranks better and costs a pass over all pairs in training.
   */
  readonly chosenBy: 'customer' | 'neighbour';
};

export const USER_KNN_DEFAULTS: UserKnnParameters = {
  neighbourCount: 300,
  similarity: 'cosine',
  asymmetry: 0.5,
  shrinkage: 5,
  weighting: 'binary',
  chosenBy: 'customer',
};

export type UserKnnModel = {
  readonly byUser: SparseMatrix;
  readonly byItem: SparseMatrix;
  readonly parameters: UserKnnParameters;
  /** Weight of each item; and the total of every user's items. */
  readonly itemMeasures: Float64Array;
  readonly sizes: Float64Array;
  /** Contribution of each user's size to a denominator, as the querying and as the compared user. */
  readonly askerFactors: Float64Array;
  readonly askedFactors: Float64Array;
  /** Minimum similarity at which each user is a neighbour: 0 for `customer`. */
  readonly thresholds: Float64Array;
};

export type SimilarUser = {
  readonly userIndex: number;
  readonly similarity: number;
  readonly sharedCount: number;
};

/** Stores the interactions and their inverted index; for `neighbour` also the thresholds. */
export function trainUserKnn(
  { byUser }: Interactions,
  parameters: UserKnnParameters,
  pool: WorkerPool = SINGLE_THREAD,
): UserKnnModel {
  const byItem = transpose(byUser);
  const itemMeasures = Float64Array.from({ length: byUser.columnCount }, (_, item) =>
    parameters.weighting === 'idf'
      ? Math.log(byUser.rowCount / Math.max(1, rowLength(byItem, item))) ** 2
      : 1,
  );
  const sizes = Float64Array.from({ length: byUser.rowCount }, (_, user) =>
    measure(itemMeasures, itemsOf(byUser, user)),
  );
  const thresholds = new Float64Array(new SharedArrayBuffer(byUser.rowCount * 8));
  const model = {
    byUser,
    byItem,
    parameters,
    itemMeasures,
    sizes,
    askerFactors: sizes.map((size) => askerFactor(parameters, size)),
    askedFactors: sizes.map((size) => askedFactor(parameters, size)),
    thresholds,
  };
  if (parameters.chosenBy === 'neighbour') pool.run(import.meta.url, findThresholds, model);
  return model;
}

/** @public run by the workers of a pool */
export function findThresholds(model: UserKnnModel, member: PoolWorker): void {
  const { byUser, parameters, thresholds } = model;
  const { neighbourCount } = parameters;
  const similarities = new Float64Array(byUser.rowCount);
  member.share(byUser.rowCount, (user) => {
    // Here the others query and this user is compared.
    addShared(model, itemsOf(byUser, user), similarities);
    similarities[user] = 0;
    divideByAskers(model, user, similarities);
    const nearest = selectTopK(similarities, neighbourCount);
    thresholds[user] = nearest.length === neighbourCount ? similarities[nearest[neighbourCount - 1]!]! : 0;
    similarities.fill(0);
  });
}

/**
 * Similarity of two sets of items A (the history) and B, with shrinkage h and |·| the sum of item weights: cosine |A∩B|
 * / (√|A| · √|B| + h), Jaccard |A∩B| / (|A∪B| + h), asymmetric |A∩B| / (|A|^α · |B|^(1-α) + h) (Aiolli 2013). O(buyers
 * of the history's items).
 * @param self a user to exclude, usually the customer's own row
 * @returns best first; only users who share an item
 */
export function findSimilarUsers(
  model: UserKnnModel,
  history: History,
  count: number = neighbourLimit(model),
  self = -1,
): readonly SimilarUser[] {
  const { userIndices, similarities } = findNeighbours(model, history, count, self);
  return Array.from(userIndices, (userIndex) => ({
    userIndex,
    similarity: similarities[userIndex]!,
    sharedCount: findSharedItems(model, history, userIndex).length,
  }));
}

/** score_j = sum over similar users v who have item j of similarity(v). */
export function scoreUserKnn(model: UserKnnModel, history: History, self = -1): Float64Array {
  const { offsets, columns, columnCount } = model.byUser;
  const scores = new Float64Array(columnCount);
  const { userIndices, similarities } = findNeighbours(model, history, neighbourLimit(model), self);
  for (const user of userIndices) {
    const similarity = similarities[user]!;
    const end = offsets[user + 1]!;
    for (let slot = offsets[user]!; slot < end; slot += 1) scores[columns[slot]!]! += similarity;
  }
  return scores;
}

/** The similar users who have the item: their similarities sum to its score. */
export function explainUserKnn(
  model: UserKnnModel,
  history: History,
  itemIndex: number,
  self = -1,
): readonly SimilarUser[] {
  return findSimilarUsers(model, history, neighbourLimit(model), self).filter(
    ({ userIndex }) => findSlot(model.byUser, userIndex, itemIndex) >= 0,
  );
}

/** Common items of the history and a user of the training data, ascending. */
export function findSharedItems(model: UserKnnModel, history: History, userIndex: number): Uint32Array {
  return history.itemIndices.filter((item) => findSlot(model.byUser, userIndex, item) >= 0);
}

function neighbourLimit({ byUser, parameters }: UserKnnModel): number {
  return parameters.chosenBy === 'customer' ? parameters.neighbourCount : byUser.rowCount;
}

/** The nearest users, best first, and similarities by user: -Infinity for others. */
function findNeighbours(
  model: UserKnnModel,
  history: History,
  count: number,
  self: number,
): { readonly userIndices: Uint32Array; readonly similarities: Float64Array } {
  const { parameters, sizes, askedFactors, thresholds } = model;
  const { shrinkage } = parameters;
  const isJaccard = parameters.similarity === 'jaccard';
  const size = measure(model.itemMeasures, history.itemIndices);
  const factor = askerFactor(parameters, size);
  const similarities = new Float64Array(sizes.length);
  addShared(model, history.itemIndices, similarities);
  if (self >= 0) similarities[self] = 0;

  for (let user = 0; user < similarities.length; user += 1) {
    const shared = similarities[user]!;
    const whole = isJaccard ? size + sizes[user]! - shared : factor * askedFactors[user]!;
    const similarity = shared > 0 ? shared / (whole + shrinkage) : -Infinity;
    similarities[user] = similarity >= thresholds[user]! ? similarity : -Infinity;
  }
  return { userIndices: selectTopK(similarities, count), similarities };
}

/** Converts the overlaps with one compared user into similarities of each querying user. */
function divideByAskers(model: UserKnnModel, asked: number, shared: Float64Array): void {
  const { parameters, sizes, askerFactors, askedFactors } = model;
  const { shrinkage } = parameters;
  const isJaccard = parameters.similarity === 'jaccard';
  for (let user = 0; user < shared.length; user += 1) {
    if (shared[user] === 0) continue;
    const whole = isJaccard
      ? sizes[asked]! + sizes[user]! - shared[user]!
      : askerFactors[user]! * askedFactors[asked]!;
    shared[user]! /= whole + shrinkage;
  }
}

/** Adds to each user the weight of the shared items. */
function addShared({ byItem, itemMeasures }: UserKnnModel, items: Uint32Array, sums: Float64Array): void {
  const { offsets, columns } = byItem;
  for (const item of items) {
    const counted = itemMeasures[item]!;
    const end = offsets[item + 1]!;
    for (let slot = offsets[item]!; slot < end; slot += 1) sums[columns[slot]!]! += counted;
  }
}

function measure(itemMeasures: Float64Array, items: Uint32Array): number {
  let sum = 0;
  for (const item of items) sum += itemMeasures[item]!;
  return sum;
}

function askerFactor({ similarity, asymmetry }: UserKnnParameters, size: number): number {
  return size ** (similarity === 'asymmetric' ? asymmetry : 0.5);
}

function askedFactor({ similarity, asymmetry }: UserKnnParameters, size: number): number {
  return size ** (similarity === 'asymmetric' ? 1 - asymmetry : 0.5);
}

function itemsOf(matrix: SparseMatrix, row: number): Uint32Array {
  return matrix.columns.subarray(matrix.offsets[row], matrix.offsets[row + 1]);
}

function rowLength(matrix: SparseMatrix, row: number): number {
  return matrix.offsets[row + 1]! - matrix.offsets[row]!;
}
