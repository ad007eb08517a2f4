/** Factors and inverts symmetric positive definite matrices, in blocks and on several threads. */

import { block, type Matrix, transposed } from './dense.ts';
import { type Kernel } from './kernel/kernel.ts';
import { type PoolWorker } from './worker-pool.ts';

class NotPositiveDefiniteError extends Error {
  constructor() {
    super('expected a positive definite matrix; a larger regularisation makes it one');
    this.name = 'NotPositiveDefiniteError';
  }
}

/** Scratch of a factorisation of an n × n matrix with blocks of size b. */
export type FactorScratch = {
  /** Blocks · b × b: the inverse transposes of the diagonal blocks of L but the last, one below the other. */
  readonly diagonal: Matrix;
  /** Threads · b × b. */
  readonly panel: Matrix;
};

/**
 * Blocked Cholesky factor, A = L · Lᵀ, right-looking (Golub and Van Loan, section 4.2.6). n³ / 3 operations.
 * @param a symmetric, only its lower triangle is read and replaced by L
 * @throws {NotPositiveDefiniteError}
 */
function factorise(kernel: Kernel, member: PoolWorker, a: Matrix, scratch: FactorScratch): void {
  const size = scratch.diagonal.columnCount;
  const panel = block(scratch.panel, member.index * size, 0, size, size);
  for (let start = 0; start < a.rowCount; start += size) {
    const width = Math.min(size, a.rowCount - start);
    const corner = block(a, start, start, width, width);
    const inverse = block(scratch.diagonal, start, 0, width, width);
    const next = start + width;
    if (member.index === 0) {
      if (!kernel.factoriseBlock(corner)) throw new NotPositiveDefiniteError();
      // The last block has nothing below it.
      if (next < a.rowCount) kernel.invertTriangle(corner, inverse);
    }
    member.barrier();

    const below = Math.ceil((a.rowCount - next) / size);
    // The column below the corner: A_ik · L_kk⁻ᵀ, through a copy, because a product cannot be in place.
    member.share(below, (part) => {
      const row = next + part * size;
      const target = block(a, row, start, Math.min(size, a.rowCount - row), width);
      const copied = block(panel, 0, 0, target.rowCount, width);
      copy(kernel, target, copied);
      kernel.multiply(1, copied, inverse, 0, target);
    });
    // The remainder: A_ij - L_ik · L_jkᵀ, of which the lower triangle suffices.
    member.share(below, (part) => {
      const row = next + (below - 1 - part) * size;
      const rowCount = Math.min(size, a.rowCount - row);
      const columnCount = row + rowCount - next;
      const left = block(a, row, start, rowCount, width);
      const right = transposed(block(a, next, start, columnCount, width));
      kernel.multiply(-1, left, right, 1, block(a, row, next, rowCount, columnCount));
    });
  }
}

/**
 * A⁻¹ in place of A, both triangles. n³ operations in all.
 * U = L⁻ᵀ grows in the upper triangle while L is read from the lower one; then A⁻¹ = U · Uᵀ.
 * @throws {NotPositiveDefiniteError}
 */
export function invert(kernel: Kernel, member: PoolWorker, a: Matrix, scratch: FactorScratch): void {
  factorise(kernel, member, a, scratch);
  const n = a.rowCount;
  const size = scratch.diagonal.columnCount;
  const blockCount = Math.ceil(n / size);
  const panel = block(scratch.panel, member.index * size, 0, size, size);
  const widthOf = (start: number): number => Math.min(size, n - start);
  const diagonalOf = (start: number): Matrix =>
    block(scratch.diagonal, start, 0, widthOf(start), widthOf(start));

  if (member.index === 0) {
    const last = (blockCount - 1) * size;
    kernel.invertTriangle(block(a, last, last, widthOf(last), widthOf(last)), diagonalOf(last));
  }
  member.barrier();

  // U_jk = -(sum over j ≤ m < k of U_jm · L_kmᵀ) · L_kk⁻ᵀ: every row of blocks independently.
  member.share(blockCount, (part) => {
    const j = part * size;
    for (let k = j + size; k < n; k += size) {
      const sum = block(panel, 0, 0, size, widthOf(k));
      kernel.multiply(1, diagonalOf(j), transposed(block(a, k, j, widthOf(k), size)), 0, sum);
      const between = k - j - size;
      if (between > 0) {
        const right = transposed(block(a, k, j + size, widthOf(k), between));
        kernel.multiply(1, block(a, j, j + size, size, between), right, 1, sum);
      }
      kernel.multiply(-1, sum, diagonalOf(k), 0, block(a, j, k, size, widthOf(k)));
    }
  });

  // The lower triangle of U · Uᵀ replaces L.
  member.share(blockCount, (part) => {
    const i = part * size;
    const height = widthOf(i);
    const right = n - i - height;
    const own = diagonalOf(i);
    kernel.multiply(1, own, transposed(own), 0, block(a, i, i, height, height));
    if (i > 0) kernel.multiply(1, own, transposed(block(a, 0, i, i, height)), 0, block(a, i, 0, height, i));
    if (right === 0) return;
    const rest = block(a, i, i + height, height, right);
    kernel.multiply(1, rest, transposed(rest), 1, block(a, i, i, height, height));
    if (i > 0)
      kernel.multiply(1, rest, transposed(block(a, 0, i + height, i, right)), 1, block(a, i, 0, height, i));
  });

  member.share(blockCount, (part) => {
    mirror(kernel.floats, a, part * size, widthOf(part * size));
  });
}

function copy({ copyRun }: Kernel, source: Matrix, target: Matrix): void {
  for (let row = 0; row < source.rowCount; row += 1) {
    const start = source.offset + row * source.rowStride;
    copyRun(source.columnCount, start, target.offset + row * target.rowStride);
  }
}

/** Upper triangle from the lower one, for the columns of one block of rows. */
function mirror(floats: Float32Array, a: Matrix, start: number, height: number): void {
  for (let column = 0; column < start + height; column += 1) {
    const target = a.offset + column * a.rowStride;
    for (let row = Math.max(start, column + 1); row < start + height; row += 1) {
      floats[target + row] = floats[a.offset + row * a.rowStride + column]!;
    }
  }
}
