/** Small symmetric systems in double precision, for one request at a time. Large ones: positive-definite.ts. */

/**
 * Cholesky factor A = L · Lᵀ in place of the lower triangle. n³ / 3 operations.
 * @param a row-major, n × n, positive definite
 */
export function factoriseSmall(a: Float64Array, n: number): void {
  for (let row = 0; row < n; row += 1) {
    const current = row * n;
    for (let column = 0; column <= row; column += 1) {
      const other = column * n;
      let sum = a[current + column]!;
      for (let inner = 0; inner < column; inner += 1) sum -= a[current + inner]! * a[other + inner]!;
      if (column < row) a[current + column] = sum / a[other + column]!;
      else if (sum > 0) a[current + row] = Math.sqrt(sum);
      else throw new RangeError(`expected a positive definite matrix, got the pivot ${sum} in row ${row}`);
    }
  }
}

/** Solves L · Lᵀ · x = b in place of b, with the factor of `factoriseSmall`. */
export function solveFactorised(l: Float64Array, n: number, b: Float64Array): void {
  for (let row = 0; row < n; row += 1) {
    let sum = b[row]!;
    for (let column = 0; column < row; column += 1) sum -= l[row * n + column]! * b[column]!;
    b[row] = sum / l[row * n + row]!;
  }
  for (let row = n - 1; row >= 0; row -= 1) {
    const value = b[row]! / l[row * n + row]!;
    b[row] = value;
    for (let column = 0; column < row; column += 1) b[column]! -= l[row * n + column]! * value;
  }
}
