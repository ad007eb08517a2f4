/** MovieLens-1M in the split of the NCF paper (He et al. 2017). */

import { interactionsFromRatings, type Interactions } from '#recommendations/algorithms/interactions.ts';
import { type CandidateTest } from '../sampled-ranking.ts';
import { readDatasetLines } from './files.ts';

const USER_COUNT = 6040;
const ITEM_COUNT = 3706;

export type NcfSplit = { readonly train: Interactions; readonly tests: readonly CandidateTest[] };

/** Every rating counts as an interaction; tests hold each user's last item and 99 items never rated. */
export function readNcfSplit(): NcfSplit {
  const rows = readDatasetLines('movielens-1m/ml-1m.ncf.train.csv.gz').slice(1).map(splitNumbers(','));
  const userIndices = Uint32Array.from(rows, (row) => row[0]!);
  const itemIndices = Uint32Array.from(rows, (row) => row[1]!);
  const times = new Float64Array(rows.length).fill(Number.NaN);
  const events = { userIndices, itemIndices, times };
  const train = interactionsFromRatings(
    USER_COUNT,
    ITEM_COUNT,
    events,
    new Float32Array(rows.length).fill(1),
  );

  const truths = readDatasetLines('movielens-1m/ml-1m.test.rating').map(splitNumbers('\t'));
  const negatives = readDatasetLines('movielens-1m/ml-1m.test.negative.gz');
  const tests = truths.map(([userIndex, itemIndex], line) => {
    const sampled = negatives[line]!.split('\t').slice(1).map(Number);
    // In 156 lines the sample holds the test item itself: it is no negative.
    const candidates = Uint32Array.from(sampled.filter((item) => item !== itemIndex));
    return { userIndex: userIndex!, itemIndex: itemIndex!, negatives: candidates };
  });
  return { train, tests };
}

function splitNumbers(separator: string): (line: string) => readonly number[] {
  return (line) => line.split(separator).map(Number);
}
