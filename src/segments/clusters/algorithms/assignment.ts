/** Assignment of rows to their nearest centre. Moves no centre. */
import { type Metric, type Rows, distanceOf, squaredEuclidean, type Distance } from '#numeric/distance.ts';

export type Assignment = {
  /** Index of the nearest centre. */
  readonly labels: Int32Array;
  /** Cost of each row. */
  readonly costs: Float64Array;
};

export function createAssignment(rowCount: number): Assignment {
  return { labels: new Int32Array(rowCount), costs: new Float64Array(rowCount) };
}

/** The cost of k-means: the squared Euclidean distance, or the distance itself for the other metrics. */
export function costOf(metric: Metric): Distance {
  return metric === 'euclidean' ? squaredEuclidean : distanceOf(metric);
}

/** In place; of equally near centres the first. O(rows × centres × columns). @returns the sum of the costs */
export function assignRows(
  { values, rowCount, columnCount }: Rows,
  centres: Float64Array,
  metric: Metric,
  { labels, costs }: Assignment,
): number {
  const cost = costOf(metric);
  let total = 0;
  for (let row = 0; row < rowCount; row += 1) {
    const start = row * columnCount;
    let nearest = 0;
    let least = Infinity;
    for (let centre = 0; centre < centres.length; centre += columnCount) {
      const found = cost(values, start, centres, centre, columnCount);
      if (found < least) {
        least = found;
        nearest = centre;
      }
    }
    labels[row] = nearest / columnCount;
    costs[row] = least;
    total += least;
  }
  return total;
}

/** Gives an empty cluster the row of highest cost among clusters with more than one row. */
export function addWorstRow(cluster: number, { labels, costs }: Assignment, sizes: Uint32Array): void {
  let worst = -1;
  for (let row = 0; row < costs.length; row += 1) {
    if (sizes[labels[row]!]! > 1 && (worst === -1 || costs[row]! > costs[worst]!)) worst = row;
  }
  if (worst === -1) throw new RangeError(`expected at least ${sizes.length} rows, got ${costs.length}`);
  sizes[labels[worst]!]! -= 1;
  labels[worst] = cluster;
  sizes[cluster] = 1;
  costs[worst] = 0;
}
