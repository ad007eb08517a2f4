// Small triangular work inside one block of a larger factorisation.

import { dot } from './runs';

/**
 * Cholesky factor of a small symmetric matrix, in place: the lower triangle becomes L with A = L · Lᵀ.
 * Row-major, stride in floats. Answers false where the matrix is not positive definite.
 */
export function factoriseBlock(n: i32, a: usize, aRow: i32): bool {
  const stride = aRow << 2;
  for (let row = 0; row < n; row++) {
    const current = a + row * stride;
    for (let column = 0; column <= row; column++) {
      const other = a + column * stride;
      const value = load<f32>(current + (column << 2)) - dot(column, current, other);
      if (column < row) {
        store<f32>(current + (column << 2), value / load<f32>(other + (column << 2)));
      } else {
        if (!(value > 0)) return false;
        store<f32>(current + (column << 2), sqrt<f32>(value));
      }
    }
  }
  return true;
}

/** Inverse of the lower triangle L, transposed: an upper triangle in full storage, zeros below. */
export function invertTriangle(n: i32, l: usize, lRow: i32, x: usize, xRow: i32): void {
  for (let row = 0; row < n; row++) {
    const target = x + ((row * xRow) << 2);
    for (let column = 0; column < row; column++) store<f32>(target + (column << 2), 0);
    store<f32>(target + (row << 2), 1 / load<f32>(l + ((row * lRow + row) << 2)));
    for (let column = row + 1; column < n; column++) {
      const factors = l + ((column * lRow) << 2);
      const sum = dot(column - row, target + (row << 2), factors + (row << 2));
      store<f32>(target + (column << 2), -sum / load<f32>(factors + (column << 2)));
    }
  }
}
