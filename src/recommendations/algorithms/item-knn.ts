/** Item-based collaborative filtering on implicit feedback. For ratings see rating-neighbours. */

import { addProductRow, type SparseMatrix, transpose } from '#numeric/sparse.ts';
import { type PoolWorker, SINGLE_THREAD, type WorkerPool } from '#numeric/worker-pool.ts';
import { type Interactions } from './interactions.ts';
import {
  createNeighbourTable,
  type ItemNeighbours,
  keepStrongest,
  neighboursByTarget,
  pruneRows,
  type NeighbourTable,
} from './item-neighbours.ts';
import { weightInteractions, type Weighting } from './weighting.ts';

export type ItemKnnParameters = {
  readonly neighbourCount: number;
  /** Added to the product of norms: shrinks similarities with few common users. */
  readonly shrinkage: number;
  readonly weighting: Weighting;
  /** Maximum number of items that one item contributes to, the strongest. Popular ones are neighbours of thousands. */
  readonly reach: number;
};

export const ITEM_KNN_DEFAULTS: ItemKnnParameters = {
  neighbourCount: 100,
  shrinkage: 10,
  weighting: 'binary',
  reach: 100,
};

/**
 * Cosine with shrinkage, sim(i, j) = <x_i, x_j> / (|x_i| · |x_j| + shrinkage), and the nearest neighbours of
 * every item (Sarwar et al. 2001; shrinkage as Bell and Koren 2007), pruned from both sides. O(sum over users of
 * items²).
 */
export function trainItemKnn(
  interactions: Interactions,
  parameters: ItemKnnParameters,
  pool: WorkerPool = SINGLE_THREAD,
): ItemNeighbours {
  const byUser = weightInteractions(interactions.byUser, parameters.weighting);
  const table = createNeighbourTable(byUser.columnCount, parameters.neighbourCount);
  const norms = new Float64Array(byUser.columnCount);
  for (let slot = 0; slot < byUser.columns.length; slot += 1)
    norms[byUser.columns[slot]!]! += byUser.values[slot]! ** 2;
  for (let item = 0; item < norms.length; item += 1) norms[item] = Math.sqrt(norms[item]!);

  const input = { byUser, byItem: transpose(byUser), norms, shrinkage: parameters.shrinkage, table };
  pool.run(import.meta.url, findItemNeighbours, input);
  return pruneRows(neighboursByTarget(table), parameters.reach);
}

type ItemKnnInput = {
  readonly byUser: SparseMatrix;
  readonly byItem: SparseMatrix;
  readonly norms: Float64Array;
  readonly shrinkage: number;
  readonly table: NeighbourTable;
};

/** @public run by the workers of a pool */
export function findItemNeighbours(
  { byUser, byItem, norms, shrinkage, table }: ItemKnnInput,
  member: PoolWorker,
): void {
  const similarities = new Float64Array(table.itemCount);
  member.share(table.itemCount, (item) => {
    similarities.fill(0);
    addProductRow(byItem, byUser, item, similarities);
    for (let other = 0; other < similarities.length; other += 1) {
      if (similarities[other]! > 0) similarities[other]! /= norms[item]! * norms[other]! + shrinkage;
    }
    keepStrongest(table, item, similarities);
  });
}
