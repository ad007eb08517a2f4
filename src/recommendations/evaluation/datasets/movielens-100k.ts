/** MovieLens-100K in its five published folds. */

import { type SparseMatrix, sparseFromTriples } from '#numeric/sparse.ts';
import { readDatasetLines } from './files.ts';

const USER_COUNT = 943;
const ITEM_COUNT = 1682;

export type Ratings = {
  readonly userIndices: Uint32Array;
  readonly itemIndices: Uint32Array;
  readonly ratings: Float32Array;
};

export type RatingFold = { readonly name: string; readonly train: Ratings; readonly test: Ratings };

export function readRatingFolds(): readonly RatingFold[] {
  return ['u1', 'u2', 'u3', 'u4', 'u5'].map((name) => ({
    name,
    train: readRatings(`ml-100k/${name}.base.gz`),
    test: readRatings(`ml-100k/${name}.test.gz`),
  }));
}

/** Users × items with ratings as values. */
export function ratingMatrix({ userIndices, itemIndices, ratings }: Ratings): SparseMatrix {
  return sparseFromTriples(USER_COUNT, ITEM_COUNT, userIndices, itemIndices, ratings);
}

function readRatings(name: string): Ratings {
  const rows = readDatasetLines(name).map((line) => line.split('\t').map(Number));
  return {
    userIndices: Uint32Array.from(rows, (row) => row[0]! - 1),
    itemIndices: Uint32Array.from(rows, (row) => row[1]! - 1),
    ratings: Float32Array.from(rows, (row) => row[2]!),
  };
}
