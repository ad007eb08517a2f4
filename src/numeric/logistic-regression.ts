/** Logistic regression with few columns. Standardise the columns before. */
import { factoriseSmall, solveFactorised } from './cholesky.ts';
import type { Rows } from './distance.ts';

export type LogisticModel = {
  /** One per column: change of the log odds per unit. */
  readonly weights: Float64Array;
  readonly intercept: number;
  readonly hasConverged: boolean;
};

export type LogisticSettings = {
  /**
   * Weight of half the sum of squared weights relative to the sum of log losses, above 0; the intercept is not
   * penalised.
   */
  readonly penalty: number;
  /** Weight of each row; 1 by default. */
  readonly rowWeights?: Float64Array;
};

const MAX_STEPS = 50;
const TOLERANCE = 1e-9;

/**
 * Newton's method, that is iteratively reweighted least squares (Green 1984), with the step halved while the loss
 * grows. O(steps × rows × columns²).
 * @param answers 1 or 0 per row
 */
export function fitLogistic(
  rows: Rows,
  answers: ArrayLike<number>,
  { penalty, rowWeights }: LogisticSettings,
): LogisticModel {
  const size = rows.columnCount + 1;
  // The intercept is last.
  let current = new Float64Array(size);
  let loss = lossOf(rows, answers, current, penalty, rowWeights);
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const { gradient, hessian } = derive(rows, answers, current, penalty, rowWeights);
    factoriseSmall(hessian, size);
    solveFactorised(hessian, size, gradient);
    let length = 1;
    let next = current;
    let nextLoss = Infinity;
    while (length > 1e-6) {
      next = current.map((weight, index) => weight - length * gradient[index]!);
      nextLoss = lossOf(rows, answers, next, penalty, rowWeights);
      if (nextLoss <= loss) break;
      length /= 2;
    }
    const isSettled = !(nextLoss < loss) || loss - nextLoss <= TOLERANCE * Math.max(1, loss);
    if (nextLoss <= loss) [current, loss] = [next, nextLoss];
    if (isSettled) return toModel(current, true);
  }
  return toModel(current, false);
}

/** Log odds of each row. */
export function scoreLogistic(rows: Rows, { weights, intercept }: LogisticModel): Float64Array {
  const { values, rowCount, columnCount } = rows;
  const scores = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row += 1) {
    let sum = intercept;
    for (let column = 0; column < columnCount; column += 1) {
      sum += weights[column]! * values[row * columnCount + column]!;
    }
    scores[row] = sum;
  }
  return scores;
}

function toModel(parameters: Float64Array, hasConverged: boolean): LogisticModel {
  return { weights: parameters.slice(0, -1), intercept: parameters.at(-1), hasConverged };
}

function lossOf(
  rows: Rows,
  answers: ArrayLike<number>,
  parameters: Float64Array,
  penalty: number,
  rowWeights: Float64Array | undefined,
): number {
  const scores = scoreLogistic(rows, toModel(parameters, true));
  let loss = 0;
  for (let column = 0; column < rows.columnCount; column += 1)
    loss += (penalty / 2) * parameters[column]! ** 2;
  for (let row = 0; row < rows.rowCount; row += 1) {
    const margin = answers[row] === 1 ? scores[row]! : -scores[row]!;
    // ln(1 + e^-m), without an overflow for large -m.
    loss += (rowWeights?.[row] ?? 1) * (Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin))));
  }
  return loss;
}

function derive(
  rows: Rows,
  answers: ArrayLike<number>,
  parameters: Float64Array,
  penalty: number,
  rowWeights: Float64Array | undefined,
): { gradient: Float64Array; hessian: Float64Array } {
  const { values, rowCount, columnCount } = rows;
  const size = columnCount + 1;
  const scores = scoreLogistic(rows, toModel(parameters, true));
  const gradient = parameters.map((weight, index) => (index < columnCount ? penalty * weight : 0));
  const hessian = new Float64Array(size * size);
  for (let index = 0; index < size; index += 1)
    hessian[index * size + index] = index < columnCount ? penalty : 1e-12;
  const extended = new Float64Array(size).fill(1);
  for (let row = 0; row < rowCount; row += 1) {
    const weight = rowWeights?.[row] ?? 1;
    const chance = 1 / (1 + Math.exp(-scores[row]!));
    const gap = weight * (chance - answers[row]!);
    const curvature = weight * chance * (1 - chance);
    extended.set(values.subarray(row * columnCount, (row + 1) * columnCount));
    for (let index = 0; index < size; index += 1) {
      gradient[index]! += gap * extended[index]!;
      const scaled = curvature * extended[index]!;
      for (let other = 0; other <= index; other += 1)
        hessian[index * size + other]! += scaled * extended[other]!;
    }
  }
  return { gradient, hessian };
}
