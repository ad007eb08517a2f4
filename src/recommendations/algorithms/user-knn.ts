/** User-based collaborative filtering over the history of this second. Never stores user pairs. */

import { type SparseMatrix, transpose } from '#numeric/sparse.ts';
import { type Member, SINGLE_THREAD, type Team } from '#numeric/team.ts';
import { selectTopK } from '#numeric/top-k.ts';
import { findSlot, type History, type Interactions } from './interactions.ts';

export type UserSimilarity = 'cosine' | 'jaccard' | 'asymmetric';

export type UserKnnParameters = {
  readonly neighbourCount: number;
  readonly similarity: UserSimilarity;
  /** Asymmetric only: 0.5 is the cosine, 1 asks what share of the customer's own items the other one has. */
  readonly asymmetry: number;
  /** Added to the denominator. */
  readonly shrinkage: number;
  /**
   * `customer`: the nearest to the customer. `neighbour`: all to whom the customer is among the nearest, which ranks
   * better and costs a pass over all pairs in training.
   */
  readonly chosenBy: 'customer' | 'neighbour';
};

export const USER_KNN_DEFAULTS: UserKnnParameters = {
  neighbourCount: 300,
  similarity: 'cosine',
  asymmetry: 0.5,
  shrinkage: 5,
  chosenBy: 'customer',
};

export type UserKnnModel = {
  readonly byUser: SparseMatrix;
  readonly byItem: SparseMatrix;
  readonly parameters: UserKnnParameters;
  /** Least similarity at which each user counts as a neighbour: 0 where the customer chooses. */
  readonly thresholds: Float64Array;
};

export type SimilarUser = {
  readonly userIndex: number;
  readonly similarity: number;
  readonly sharedCount: number;
};

/** Keeps the interactions and their inverted index; where neighbours choose, also how near one must be to them. */
export function trainUserKnn(
  { byUser }: Interactions,
  parameters: UserKnnParameters,
  team: Team = SINGLE_THREAD,
): UserKnnModel {
  const thresholds = new Float64Array(new SharedArrayBuffer(byUser.rowCount * 8));
  const model = { byUser, byItem: transpose(byUser), parameters, thresholds };
  if (parameters.chosenBy === 'neighbour') team.run(import.meta.url, findThresholds, model);
  return model;
}

/** @public run by the members of a team */
export function findThresholds(
  { byUser, byItem, parameters, thresholds }: UserKnnModel,
  member: Member,
): void {
  const { neighbourCount } = parameters;
  member.share(byUser.rowCount, (user) => {
    const items = byUser.columns.subarray(byUser.offsets[user], byUser.offsets[user + 1]);
    const shared = countShared(byItem, items);
    shared[user] = 0;
    // Here the others ask and this user is asked.
    const similarities = shared.map((count, asker) =>
      count > 0 ? similarityOf(parameters, rowLength(byUser, asker), items.length, count) : 0,
    );
    const nearest = selectTopK(similarities, neighbourCount);
    thresholds[user] = nearest.length === neighbourCount ? similarities[nearest[neighbourCount - 1]!]! : 0;
  });
}

/**
 * Similarity of two sets of items A (the history) and B, with shrinkage h:
 * cosine |A∩B| / (√|A|·√|B| + h), Jaccard |A∩B| / (|A∪B| + h), asymmetric |A∩B| / (|A|^α · |B|^(1-α) + h)
 * (Aiolli 2013). O(buyers of the history's items).
 * @param self a user never to be found, usually the customer's own row
 * @returns best first; only users who share an item
 */
export function findSimilarUsers(
  model: UserKnnModel,
  history: History,
  count: number = neighbourLimit(model),
  self = -1,
): readonly SimilarUser[] {
  const { byUser, byItem, parameters, thresholds } = model;
  const sharedCounts = countShared(byItem, history.itemIndices);
  if (self >= 0) sharedCounts[self] = 0;

  const similarities = sharedCounts.map((shared, user) => {
    if (shared === 0) return -Infinity;
    const similarity = similarityOf(parameters, history.itemIndices.length, rowLength(byUser, user), shared);
    return similarity >= thresholds[user]! ? similarity : -Infinity;
  });
  return Array.from(selectTopK(similarities, count), (userIndex) => ({
    userIndex,
    similarity: similarities[userIndex]!,
    sharedCount: sharedCounts[userIndex]!,
  }));
}

/** score_j = sum over similar users v who have item j of similarity(v). */
export function scoreUserKnn(model: UserKnnModel, history: History, self = -1): Float64Array {
  const { byUser } = model;
  const scores = new Float64Array(byUser.columnCount);
  for (const { userIndex, similarity } of findSimilarUsers(
    model,
    history,
    model.parameters.neighbourCount,
    self,
  )) {
    for (let slot = byUser.offsets[userIndex]!; slot < byUser.offsets[userIndex + 1]!; slot += 1) {
      scores[byUser.columns[slot]!]! += similarity;
    }
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

/** Items that the history and a user of the training data have in common, ascending. */
export function findSharedItems(model: UserKnnModel, history: History, userIndex: number): Uint32Array {
  return history.itemIndices.filter((item) => findSlot(model.byUser, userIndex, item) >= 0);
}

function neighbourLimit({ byUser, parameters }: UserKnnModel): number {
  return parameters.chosenBy === 'customer' ? parameters.neighbourCount : byUser.rowCount;
}

/** How many of the items each user has. */
function countShared(byItem: SparseMatrix, items: Uint32Array): Float64Array {
  const counts = new Float64Array(byItem.columnCount);
  for (const item of items) {
    for (let slot = byItem.offsets[item]!; slot < byItem.offsets[item + 1]!; slot += 1) {
      counts[byItem.columns[slot]!]! += 1;
    }
  }
  return counts;
}

function similarityOf(parameters: UserKnnParameters, own: number, other: number, shared: number): number {
  return shared / (denominatorOf(parameters, own, other, shared) + parameters.shrinkage);
}

function denominatorOf(parameters: UserKnnParameters, own: number, other: number, shared: number): number {
  if (parameters.similarity === 'jaccard') return own + other - shared;
  const asymmetry = parameters.similarity === 'asymmetric' ? parameters.asymmetry : 0.5;
  return own ** asymmetry * other ** (1 - asymmetry);
}

function rowLength(matrix: SparseMatrix, row: number): number {
  return matrix.offsets[row + 1]! - matrix.offsets[row]!;
}
