/** Similar sessions for a basket or a current session. Needs no customer. */

import { type SparseMatrix, sparseFromTriples, transpose } from '#numeric/sparse.ts';
import { selectTopK } from '#numeric/top-k.ts';
import { type Baskets } from './baskets.ts';
import { type Contribution } from './interactions.ts';

const MS_PER_DAY = 86_400_000;

export type SessionKnnParameters = {
  readonly neighbourCount: number;
  /** Weight of the item before the last one; its square for the one before that, and so on. */
  readonly positionDecay: number;
  /** Half-life of a session's weight; Infinity ignores age. */
  readonly halfLifeDays: number;
  /** Exponent of the inverse item frequency: 0 ignores popularity. */
  readonly rarity: number;
};

export const SESSION_KNN_DEFAULTS: SessionKnnParameters = {
  neighbourCount: 500,
  positionDecay: 0.9,
  halfLifeDays: 90,
  rarity: 0.5,
};

export type SessionKnnModel = {
  readonly parameters: SessionKnnParameters;
  readonly bySession: SparseMatrix;
  readonly byItem: SparseMatrix;
  /** Age weight of every session over the root of its length. */
  readonly sessionWeights: Float64Array;
  /** Inverse frequency of every item to the power of rarity. */
  readonly itemWeights: Float64Array;
};

/** Builds the inverted index of sessions (Ludewig and Jannach 2018, V-SkNN; Garg et al. 2019, STAN). O(entries). */
export function trainSessionKnn(
  baskets: Baskets,
  parameters: SessionKnnParameters,
  now: number,
): SessionKnnModel {
  const sessionCount = baskets.basketOffsets.length - 1;
  const owners = new Uint32Array(baskets.itemIndices.length);
  const sessionWeights = new Float64Array(sessionCount);
  for (let session = 0; session < sessionCount; session += 1) {
    const start = baskets.basketOffsets[session]!;
    const end = baskets.basketOffsets[session + 1]!;
    owners.fill(session, start, end);
    const ageDays = Math.max(0, (now - baskets.times[session]!) / MS_PER_DAY) || 0;
    sessionWeights[session] = 0.5 ** (ageDays / parameters.halfLifeDays) / Math.sqrt(end - start);
  }
  const values = new Float32Array(owners.length).fill(1);
  const bySession = sparseFromTriples(sessionCount, baskets.itemCount, owners, baskets.itemIndices, values);
  const byItem = transpose(bySession);
  const itemWeights = Float64Array.from({ length: baskets.itemCount }, (_, item) => {
    const frequency = byItem.offsets[item + 1]! - byItem.offsets[item]!;
    return Math.log(1 + sessionCount / Math.max(1, frequency)) ** parameters.rarity;
  });
  return { parameters, bySession, byItem, sessionWeights, itemWeights };
}

/**
 * score_j = sum over the nearest sessions s with item j of similarity(s) · rarity_j, where the similarity is the sum of
 * the position weights of the shared items · age / √length.
 * @param session items in the order of the session, the last one last; repeats count at their last position
 */
export function scoreSessionKnn(model: SessionKnnModel, session: ArrayLike<number>): Float64Array {
  const { bySession, itemWeights } = model;
  const similarities = similaritiesTo(model, positionWeights(session, model.parameters));
  const scores = new Float64Array(bySession.columnCount);
  for (const neighbour of selectTopK(similarities, model.parameters.neighbourCount)) {
    for (let slot = bySession.offsets[neighbour]!; slot < bySession.offsets[neighbour + 1]!; slot += 1) {
      scores[bySession.columns[slot]!]! += similarities[neighbour]!;
    }
  }
  for (let item = 0; item < scores.length; item += 1) scores[item]! *= itemWeights[item]!;
  return scores;
}

/** Contribution of each item of the session through the sessions that share it: they sum to the score. */
export function explainSessionKnn(
  model: SessionKnnModel,
  session: ArrayLike<number>,
  itemIndex: number,
): readonly Contribution[] {
  const { byItem, sessionWeights, itemWeights, parameters } = model;
  const weights = positionWeights(session, parameters);
  const neighbours = new Set(selectTopK(similaritiesTo(model, weights), parameters.neighbourCount));
  const sessionsOf = (item: number): Uint32Array =>
    byItem.columns.subarray(byItem.offsets[item], byItem.offsets[item + 1]);
  const carriers = new Set(sessionsOf(itemIndex).filter((candidate) => neighbours.has(candidate)));
  return Array.from(weights, ([item, weight]) => {
    let value = 0;
    for (const carrier of sessionsOf(item)) if (carriers.has(carrier)) value += sessionWeights[carrier]!;
    return { itemIndex: item, value: value * weight * itemWeights[itemIndex]! };
  });
}

function positionWeights(
  session: ArrayLike<number>,
  { positionDecay }: SessionKnnParameters,
): Map<number, number> {
  const weights = new Map<number, number>();
  for (let index = session.length - 1, weight = 1; index >= 0; index -= 1) {
    if (weights.has(session[index]!)) continue;
    weights.set(session[index]!, weight);
    weight *= positionDecay;
  }
  return weights;
}

function similaritiesTo(model: SessionKnnModel, weights: ReadonlyMap<number, number>): Float64Array {
  const { byItem, sessionWeights } = model;
  const similarities = new Float64Array(sessionWeights.length);
  for (const [item, weight] of weights) {
    for (let slot = byItem.offsets[item]!; slot < byItem.offsets[item + 1]!; slot += 1)
      similarities[byItem.columns[slot]!]! += weight;
  }
  for (let session = 0; session < similarities.length; session += 1) {
    similarities[session] =
      similarities[session]! > 0 ? similarities[session]! * sessionWeights[session]! : -Infinity;
  }
  return similarities;
}
