/** MovieLens-100K in its five published folds. */

import { type Ratings, type RatingSplit } from '../ratings.ts';
import { readDatasetLines } from './files.ts';

export function readRatingFolds(): readonly RatingSplit[] {
  return ['u1', 'u2', 'u3', 'u4', 'u5'].map((name) => ({
    name,
    userCount: 943,
    itemCount: 1682,
    train: readRatings(`ml-100k/${name}.base.gz`),
    test: readRatings(`ml-100k/${name}.test.gz`),
  }));
}

function readRatings(name: string): Ratings {
  const rows = readDatasetLines(name).map((line) => line.split('\t').map(Number));
  return {
    userIndices: Uint32Array.from(rows, (row) => row[0]! - 1),
    itemIndices: Uint32Array.from(rows, (row) => row[1]! - 1),
    ratings: Float32Array.from(rows, (row) => row[2]!),
  };
}
