/** Principal components with few columns. Standardise the columns before. */
import type { Rows } from './distance.ts';

export type PrincipalComponents = {
  /** Row-major, columnCount × columnCount: a component per row, largest variance first; its largest entry is positive. */
  readonly components: Float64Array;
  /** Share of the variance per component, 0 to 1, in sum 1; zeros without variance. */
  readonly explained: Float64Array;
  readonly means: Float64Array;
};

/** Eigenvectors of the covariance (Pearson 1901). O(rows × columns² + columns³). */
export function findComponents({ values, rowCount, columnCount }: Rows): PrincipalComponents {
  const means = new Float64Array(columnCount);
  for (let slot = 0; slot < values.length; slot += 1) means[slot % columnCount]! += values[slot]! / rowCount;
  const covariance = new Float64Array(columnCount * columnCount);
  for (let start = 0; start < values.length; start += columnCount) {
    for (let row = 0; row < columnCount; row += 1) {
      const gap = values[start + row]! - means[row]!;
      for (let column = 0; column <= row; column += 1) {
        covariance[row * columnCount + column]! +=
          (gap * (values[start + column]! - means[column]!)) / rowCount;
      }
    }
  }
  for (let row = 0; row < columnCount; row += 1) {
    for (let column = 0; column < row; column += 1) {
      covariance[column * columnCount + row] = covariance[row * columnCount + column]!;
    }
  }
  return { ...sortComponents(covariance, rotate(covariance, columnCount), columnCount), means };
}

/** Coordinates of each row on the first `count` components, row-major rowCount × count. */
export function projectRows(
  { values, rowCount, columnCount }: Rows,
  { components, means }: PrincipalComponents,
  count: number,
): Float64Array {
  const projected = new Float64Array(rowCount * count);
  for (let row = 0; row < rowCount; row += 1) {
    for (let component = 0; component < count && component < columnCount; component += 1) {
      let sum = 0;
      for (let column = 0; column < columnCount; column += 1) {
        sum +=
          (values[row * columnCount + column]! - means[column]!) *
          components[component * columnCount + column]!;
      }
      projected[row * count + component] = sum;
    }
  }
  return projected;
}

const MAX_SWEEPS = 60;

/**
 * Cyclic Jacobi rotations (Golub and Van Loan, section 8.5): leaves the eigenvalues on the diagonal of the symmetric
 * matrix, and returns the eigenvectors as columns.
 */
function rotate(matrix: Float64Array, size: number): Float64Array {
  const vectors = new Float64Array(size * size);
  for (let index = 0; index < size; index += 1) vectors[index * size + index] = 1;
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep += 1) {
    let offDiagonal = 0;
    for (let row = 1; row < size; row += 1) {
      for (let column = 0; column < row; column += 1) offDiagonal += matrix[row * size + column]! ** 2;
    }
    if (offDiagonal < 1e-24) break;
    for (let p = 0; p < size; p += 1)
      for (let q = p + 1; q < size; q += 1) rotatePair(matrix, vectors, size, p, q);
  }
  return vectors;
}

function rotatePair(matrix: Float64Array, vectors: Float64Array, size: number, p: number, q: number): void {
  const across = matrix[p * size + q]!;
  if (Math.abs(across) < 1e-300) return;
  const theta = (matrix[q * size + q]! - matrix[p * size + p]!) / (2 * across);
  const tangent = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const cosine = 1 / Math.sqrt(tangent * tangent + 1);
  const sine = tangent * cosine;
  for (let index = 0; index < size; index += 1)
    turn(matrix, index * size + p, index * size + q, cosine, sine);
  for (let index = 0; index < size; index += 1)
    turn(matrix, p * size + index, q * size + index, cosine, sine);
  for (let index = 0; index < size; index += 1)
    turn(vectors, index * size + p, index * size + q, cosine, sine);
}

function turn(values: Float64Array, first: number, second: number, cosine: number, sine: number): void {
  const [left, right] = [values[first]!, values[second]!];
  values[first] = cosine * left - sine * right;
  values[second] = sine * left + cosine * right;
}

function sortComponents(
  matrix: Float64Array,
  vectors: Float64Array,
  size: number,
): { components: Float64Array; explained: Float64Array } {
  const variances = Array.from({ length: size }, (_, index) => Math.max(0, matrix[index * size + index]!));
  const total = variances.reduce((sum, variance) => sum + variance, 0);
  const order = variances
    .map((_, index) => index)
    .toSorted((left, right) => variances[right]! - variances[left]!);
  const components = new Float64Array(size * size);
  order.forEach((source, target) => {
    const vector = Float64Array.from({ length: size }, (_, row) => vectors[row * size + source]!);
    const largest = vector.reduce((best, entry) => (Math.abs(entry) > Math.abs(best) ? entry : best), 0);
    components.set(largest < 0 ? vector.map((entry) => -entry) : vector, target * size);
  });
  return {
    components,
    explained: Float64Array.from(order, (index) => (total > 0 ? variances[index]! / total : 0)),
  };
}
