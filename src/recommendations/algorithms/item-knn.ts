/** Item-based collaborative filtering on implicit data. Never looks at ratings' signs: see rating-neighbours. */

import { transpose } from '#numeric/sparse.ts';
import { type Interactions } from './interactions.ts';
import { type ItemNeighbours, pruneByTarget } from './item-neighbours.ts';
import { weightInteractions, type Weighting } from './weighting.ts';

export type ItemKnnParameters = {
  readonly neighbourCount: number;
  /** Added to the product of norms: pairs seen together by few people move towards 0. */
  readonly shrinkage: number;
  readonly weighting: Weighting;
};

export const ITEM_KNN_DEFAULTS: ItemKnnParameters = {
  neighbourCount: 100,
  shrinkage: 10,
  weighting: 'binary',
};

/**
 * Cosine with shrinkage, sim(i, j) = <x_i, x_j> / (|x_i| · |x_j| + shrinkage), and the nearest neighbours of
 * every item (Sarwar et al. 2001; shrinkage as Bell and Koren 2007). O(sum over users of items²).
 */
export function trainItemKnn(interactions: Interactions, parameters: ItemKnnParameters): ItemNeighbours {
  const byUser = weightInteractions(interactions.byUser, parameters.weighting);
  const byItem = transpose(byUser);
  const itemCount = byUser.columnCount;

  const norms = new Float64Array(itemCount);
  for (let slot = 0; slot < byUser.columns.length; slot += 1)
    norms[byUser.columns[slot]!]! += byUser.values[slot]! ** 2;
  for (let item = 0; item < itemCount; item += 1) norms[item] = Math.sqrt(norms[item]!);

  return pruneByTarget(itemCount, parameters.neighbourCount, (item, similarities) => {
    similarities.fill(0);
    for (let seen = byItem.offsets[item]!; seen < byItem.offsets[item + 1]!; seen += 1) {
      const user = byItem.columns[seen]!;
      const value = byItem.values[seen]!;
      for (let slot = byUser.offsets[user]!; slot < byUser.offsets[user + 1]!; slot += 1) {
        similarities[byUser.columns[slot]!]! += value * byUser.values[slot]!;
      }
    }
    for (let other = 0; other < itemCount; other += 1) {
      if (similarities[other]! > 0)
        similarities[other]! /= norms[item]! * norms[other]! + parameters.shrinkage;
    }
  });
}
