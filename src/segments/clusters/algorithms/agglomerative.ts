/** Hierarchical clustering from single rows up to one cluster. Keeps all pairs in memory: for thousands of rows. */
import { type Distance, distanceOf, type Metric, type Rows } from '#numeric/distance.ts';

export type Linkage = 'ward' | 'average' | 'complete';

/** Ascending in height, one less than rows. Clusters below rowCount are rows; merge m makes cluster rowCount + m. */
export type Dendrogram = {
  readonly rowCount: number;
  readonly left: Uint32Array;
  readonly right: Uint32Array;
  readonly heights: Float64Array;
  /** Rows below, by weight. */
  readonly sizes: Float64Array;
};

/** 8 × 5,000² / 2 bytes: 100 MB. */
export const MAX_AGGLOMERATIVE_ROWS = 5_000;

/**
 * Nearest-neighbour chain (Murtagh 1983; Müllner 2011, figure 3) with the Lance-Williams updates (Lance, Williams
 * 1967). Ward's heights are those of SciPy and scikit-learn: √(2·|A|·|B| / (|A| + |B|)) times the distance of the
 * means. O(rows²) time and memory.
 * @param rows as from `toMetricRows`; Ward requires Euclidean
 * @param weights number of rows that each row represents; 1 by default
 */
export function buildDendrogram(
  rows: Rows,
  linkage: Linkage,
  metric: Metric,
  weights?: Float64Array,
): Dendrogram {
  const { rowCount } = rows;
  if (rowCount > MAX_AGGLOMERATIVE_ROWS) {
    throw new RangeError(`expected at most ${MAX_AGGLOMERATIVE_ROWS} rows, got ${rowCount}`);
  }
  if (linkage === 'ward' && metric !== 'euclidean')
    throw new RangeError('Ward takes Euclidean distances only');
  const sizes = weights?.slice() ?? new Float64Array(rowCount).fill(1);
  const pairs = createPairs(rows, distanceOf(metric), linkage === 'ward' ? sizes : undefined);
  const chain = new Int32Array(rowCount);
  let length = 0;
  const isMerged = new Uint8Array(rowCount);
  const merges: { first: number; second: number; height: number }[] = [];

  for (let start = 0; merges.length < rowCount - 1;) {
    if (length === 0) {
      while (isMerged[start] === 1) start += 1;
      chain[length++] = start;
    }
    for (;;) {
      const tip = chain[length - 1]!;
      // At equal distances the chain prefers its previous element, so that it terminates.
      let nearest = length > 1 ? chain[length - 2]! : -1;
      let least = nearest === -1 ? Infinity : pairs.get(tip, nearest);
      for (let other = 0; other < rowCount; other += 1) {
        if (isMerged[other] === 1 || other === tip) continue;
        const distance = pairs.get(tip, other);
        if (distance < least) {
          least = distance;
          nearest = other;
        }
      }
      if (length > 1 && nearest === chain[length - 2]) {
        length -= 2;
        merges.push({ first: Math.min(tip, nearest), second: Math.max(tip, nearest), height: least });
        joinPair(pairs, Math.min(tip, nearest), Math.max(tip, nearest), least, linkage, sizes, isMerged);
        break;
      }
      chain[length++] = nearest;
    }
  }
  return sortMerges(merges, rowCount, weights);
}

type Pairs = {
  get: (row: number, column: number) => number;
  set: (row: number, column: number, to: number) => void;
};

function createPairs(
  { values, rowCount, columnCount }: Rows,
  distance: Distance,
  wardSizes: Float64Array | undefined,
): Pairs {
  const condensed = new Float64Array((rowCount * (rowCount - 1)) / 2);
  let slot = 0;
  for (let row = 1; row < rowCount; row += 1) {
    for (let column = 0; column < row; column += 1) {
      let found = distance(values, row * columnCount, values, column * columnCount, columnCount);
      if (wardSizes !== undefined) {
        const [left, right] = [wardSizes[row]!, wardSizes[column]!];
        found *= Math.sqrt((2 * left * right) / (left + right));
      }
      condensed[slot++] = found;
    }
  }
  const offsetOf = (row: number, column: number): number =>
    row > column ? (row * (row - 1)) / 2 + column : (column * (column - 1)) / 2 + row;
  return {
    get: (row, column) => condensed[offsetOf(row, column)]!,
    set: (row, column, to) => void (condensed[offsetOf(row, column)] = to),
  };
}

/** The second of the two represents both from here on. */
function joinPair(
  pairs: Pairs,
  first: number,
  second: number,
  height: number,
  linkage: Linkage,
  sizes: Float64Array,
  isMerged: Uint8Array,
): void {
  isMerged[first] = 1;
  const [left, right] = [sizes[first]!, sizes[second]!];
  sizes[second] = left + right;
  for (let other = 0; other < sizes.length; other += 1) {
    if (isMerged[other] === 1 || other === second) continue;
    const [toFirst, toSecond] = [pairs.get(first, other), pairs.get(second, other)];
    pairs.set(second, other, updates[linkage](toFirst, toSecond, height, left, right, sizes[other]!));
  }
}

type Update = (
  toFirst: number,
  toSecond: number,
  height: number,
  first: number,
  second: number,
  other: number,
) => number;

const updates: Readonly<Record<Linkage, Update>> = {
  complete: (toFirst, toSecond) => Math.max(toFirst, toSecond),
  average: (toFirst, toSecond, _height, first, second) =>
    (first * toFirst + second * toSecond) / (first + second),
  ward: (toFirst, toSecond, height, first, second, other) =>
    Math.sqrt(
      ((first + other) * toFirst ** 2 + (second + other) * toSecond ** 2 - other * height ** 2) /
        (first + second + other),
    ),
};

/** The chain finds merges out of order: sorts them by height and numbers the merged clusters. */
function sortMerges(
  merges: readonly { readonly first: number; readonly second: number; readonly height: number }[],
  rowCount: number,
  weights: Float64Array | undefined,
): Dendrogram {
  const sorted = merges.toSorted((left, right) => left.height - right.height);
  const parent = Int32Array.from({ length: rowCount }, (_, row) => row);
  const clusterOf = Uint32Array.from({ length: rowCount }, (_, row) => row);
  const sizeOf = weights?.slice() ?? new Float64Array(rowCount).fill(1);
  const left = new Uint32Array(sorted.length);
  const right = new Uint32Array(sorted.length);
  const sizes = new Float64Array(sorted.length);
  sorted.forEach(({ first, second }, merge) => {
    const [a, b] = [findRoot(parent, first), findRoot(parent, second)];
    left[merge] = Math.min(clusterOf[a]!, clusterOf[b]!);
    right[merge] = Math.max(clusterOf[a]!, clusterOf[b]!);
    parent[a] = b;
    sizes[merge] = sizeOf[b]! += sizeOf[a]!;
    clusterOf[b] = rowCount + merge;
  });
  return { rowCount, left, right, heights: Float64Array.from(sorted, ({ height }) => height), sizes };
}

/** Root of a union-find forest, paths halved on the way. */
export function findRoot(parent: Int32Array, start: number): number {
  let node = start;
  while (parent[node] !== node) node = parent[node] = parent[parent[node]!]!;
  return node;
}

/** Clusters that remain before the last count - 1 merges. @returns cluster of each row, numbered as they first appear */
export function cutDendrogram({ rowCount, left, right }: Dendrogram, count: number): Int32Array {
  if (count < 1 || count > rowCount) throw new RangeError(`expected 1 to ${rowCount} clusters, got ${count}`);
  const kept = rowCount - count;
  const parent = Int32Array.from({ length: rowCount + kept }, (_, node) => node);
  for (let merge = 0; merge < kept; merge += 1) {
    parent[findRoot(parent, left[merge]!)] = rowCount + merge;
    parent[findRoot(parent, right[merge]!)] = rowCount + merge;
  }
  const numbers = new Map<number, number>();
  return Int32Array.from({ length: rowCount }, (_, row) => {
    const root = findRoot(parent, row);
    if (!numbers.has(root)) numbers.set(root, numbers.size);
    return numbers.get(root)!;
  });
}
