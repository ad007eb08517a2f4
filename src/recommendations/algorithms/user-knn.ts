/** User-based collaborative filtering over the history of this second. Never stores user pairs. */

import { transpose, type SparseMatrix } from '#numeric/sparse.ts';
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
};

export const USER_KNN_DEFAULTS: UserKnnParameters = {
  neighbourCount: 300,
  similarity: 'cosine',
  asymmetry: 0.5,
  shrinkage: 5,
};

export type UserKnnModel = {
  readonly byUser: SparseMatrix;
  readonly byItem: SparseMatrix;
  readonly parameters: UserKnnParameters;
};

export type SimilarUser = {
  readonly userIndex: number;
  readonly similarity: number;
  readonly sharedCount: number;
};

/** Keeps the interactions and their inverted index: training is a transpose. */
export function trainUserKnn({ byUser }: Interactions, parameters: UserKnnParameters): UserKnnModel {
  return { byUser, byItem: transpose(byUser), parameters };
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
  count: number = model.parameters.neighbourCount,
  self = -1,
): readonly SimilarUser[] {
  const { byUser, byItem, parameters } = model;
  const sharedCounts = new Float64Array(byUser.rowCount);
  for (const item of history.itemIndices) {
    for (let slot = byItem.offsets[item]!; slot < byItem.offsets[item + 1]!; slot += 1)
      sharedCounts[byItem.columns[slot]!]! += 1;
  }
  if (self >= 0) sharedCounts[self] = 0;

  const similarities = new Float64Array(byUser.rowCount);
  const ownLength = history.itemIndices.length;
  for (let user = 0; user < byUser.rowCount; user += 1) {
    const shared = sharedCounts[user]!;
    if (shared === 0) {
      similarities[user] = -Infinity;
      continue;
    }
    const length = byUser.offsets[user + 1]! - byUser.offsets[user]!;
    similarities[user] =
      shared / (similarityDenominator(parameters, ownLength, length, shared) + parameters.shrinkage);
  }
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
  return findSimilarUsers(model, history, model.parameters.neighbourCount, self).filter(
    ({ userIndex }) => findSlot(model.byUser, userIndex, itemIndex) >= 0,
  );
}

/** Items that the history and a user of the training data have in common, ascending. */
export function findSharedItems(model: UserKnnModel, history: History, userIndex: number): Uint32Array {
  return history.itemIndices.filter((item) => findSlot(model.byUser, userIndex, item) >= 0);
}

function similarityDenominator(
  parameters: UserKnnParameters,
  own: number,
  other: number,
  shared: number,
): number {
  if (parameters.similarity === 'jaccard') return own + other - shared;
  const asymmetry = parameters.similarity === 'asymmetric' ? parameters.asymmetry : 0.5;
  return own ** asymmetry * other ** (1 - asymmetry);
}
