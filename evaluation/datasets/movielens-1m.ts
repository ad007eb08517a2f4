/** MovieLens-1M in the split of the NCF paper (He et al. 2017). */

import type { TestCase } from '#recommendations/training/blending.ts';
import { type EventTable } from '../events.ts';
import { type Split } from '../splits.ts';
import { readDatasetLines } from './files.ts';

const USER_COUNT = 6040;
const ITEM_COUNT = 3706;

/** Every rating counts as an event; each user's last item is held out and ranked among 99 items never rated. */
export function readNcfSplit(): Split {
  const truths = readDatasetLines('movielens-1m/ml-1m.test.rating').map(splitNumbers('\t'));
  const negatives = readDatasetLines('movielens-1m/ml-1m.test.negative.gz');
  const tests = truths.map(([userIndex, itemIndex], line): TestCase => {
    const sampled = negatives[line]!.split('\t').slice(1).map(Number);
    // In 156 lines the sample contains the test item itself, which is removed. The test item comes last and loses ties.
    const candidates = [...sampled.filter((item) => item !== itemIndex), itemIndex!];
    return {
      userIndex: userIndex!,
      relevant: new Set([itemIndex!]),
      candidates: Uint32Array.from(candidates),
    };
  });
  return { train: readTrain(), tests, now: Number.NaN };
}

function readTrain(): EventTable {
  const rows = readDatasetLines('movielens-1m/ml-1m.ncf.train.csv.gz').slice(1).map(splitNumbers(','));
  return {
    userIds: Array.from({ length: USER_COUNT }, (_, user) => String(user)),
    itemIds: Array.from({ length: ITEM_COUNT }, (_, item) => String(item)),
    userIndices: Uint32Array.from(rows, (row) => row[0]!),
    itemIndices: Uint32Array.from(rows, (row) => row[1]!),
    times: new Float64Array(rows.length).fill(Number.NaN),
    ratings: Float32Array.from(rows, (row) => row[2]!),
    itemTexts: readTitles(),
  };
}

/** Title and genres of every item. */
function readTitles(): readonly string[] {
  const movies = new Map<string, string>();
  for (const line of readDatasetLines('movielens-1m/ml-1m.movies.dat.gz', 'latin1')) {
    const [id, title, genres] = line.split('::');
    movies.set(
      id!,
      `${title} ${genres!
        .split('|')
        .map((genre) => `genre:${genre.replaceAll(/\W/g, '')}`)
        .join(' ')}`,
    );
  }
  const texts: string[] = Array.from({ length: ITEM_COUNT }, () => '');
  for (const line of readDatasetLines('movielens-1m/ml-1m.ncf.itemmap.csv.gz').slice(1)) {
    const [item, movie] = line.split(',');
    texts[Number(item)] = movies.get(movie!) ?? '';
  }
  return texts;
}

function splitNumbers(separator: string): (line: string) => readonly number[] {
  return (line) => line.split(separator).map(Number);
}
