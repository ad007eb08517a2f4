/** Distances between dense rows. */

/** Row-major, rowCount × columnCount. */
export type Rows = {
  readonly values: Float64Array;
  readonly rowCount: number;
  readonly columnCount: number;
};

export type Metric = 'euclidean' | 'manhattan' | 'cosine';

/** Between the row of `left` that starts at `leftStart` and the row of `right` that starts at `rightStart`. */
export type Distance = (
  left: Float64Array,
  leftStart: number,
  right: Float64Array,
  rightStart: number,
  columnCount: number,
) => number;

/**
 * Distance of rows from `toMetricRows`: Euclidean, Manhattan, or cosine as 1 - cos, which for rows of length 1 is half
 * the square of the Euclidean distance.
 */
export function distanceOf(metric: Metric): Distance {
  return distances[metric];
}

const distances: Readonly<Record<Metric, Distance>> = {
  euclidean: (left, leftStart, right, rightStart, columnCount) =>
    Math.sqrt(squaredEuclidean(left, leftStart, right, rightStart, columnCount)),
  manhattan: (left, leftStart, right, rightStart, columnCount) => {
    let sum = 0;
    for (let column = 0; column < columnCount; column += 1) {
      sum += Math.abs(left[leftStart + column]! - right[rightStart + column]!);
    }
    return sum;
  },
  cosine: (left, leftStart, right, rightStart, columnCount) =>
    squaredEuclidean(left, leftStart, right, rightStart, columnCount) / 2,
};

export const squaredEuclidean: Distance = (left, leftStart, right, rightStart, columnCount) => {
  let sum = 0;
  for (let column = 0; column < columnCount; column += 1) {
    const gap = left[leftStart + column]! - right[rightStart + column]!;
    sum += gap * gap;
  }
  return sum;
};

/** Rows scaled to length 1 for the cosine, unchanged for the others. A row of zeros has no direction and stays. */
export function toMetricRows(rows: Rows, metric: Metric): Rows {
  if (metric !== 'cosine') return rows;
  const values = rows.values.slice();
  for (let row = 0; row < rows.rowCount; row += 1)
    scaleToUnit(values, row * rows.columnCount, rows.columnCount);
  return { ...rows, values };
}

/** In place. */
export function scaleToUnit(values: Float64Array, start: number, columnCount: number): void {
  let sum = 0;
  for (let column = 0; column < columnCount; column += 1) sum += values[start + column]! ** 2;
  if (sum === 0) return;
  const scale = 1 / Math.sqrt(sum);
  for (let column = 0; column < columnCount; column += 1) values[start + column]! *= scale;
}

/** The rows at these indexes, in their order. */
export function pickRows(rows: Rows, indices: ArrayLike<number>): Rows {
  const { columnCount } = rows;
  const values = new Float64Array(indices.length * columnCount);
  for (let row = 0; row < indices.length; row += 1) {
    const start = indices[row]! * columnCount;
    values.set(rows.values.subarray(start, start + columnCount), row * columnCount);
  }
  return { values, rowCount: indices.length, columnCount };
}
