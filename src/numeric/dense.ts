/** Views of dense single-precision matrices inside one shared memory. Computes nothing. */

/** Position of a matrix; strides and offset count floats, not bytes. */
export type Matrix = {
  readonly offset: number;
  readonly rowCount: number;
  readonly columnCount: number;
  readonly rowStride: number;
  readonly columnStride: number;
};

/** A submatrix that starts at a row and a column; shares its memory. */
export function block(
  matrix: Matrix,
  row: number,
  column: number,
  rowCount: number,
  columnCount: number,
): Matrix {
  const offset = matrix.offset + row * matrix.rowStride + column * matrix.columnStride;
  return { ...matrix, offset, rowCount, columnCount };
}

/** The same memory with rows and columns swapped. */
export function transposed({ offset, rowCount, columnCount, rowStride, columnStride }: Matrix): Matrix {
  return {
    offset,
    rowCount: columnCount,
    columnCount: rowCount,
    rowStride: columnStride,
    columnStride: rowStride,
  };
}

/** Memory shared by threads, from which matrices are allocated. */
export type Arena = {
  readonly memory: WebAssembly.Memory;
  /** Row-major, zeroed, rows apart by a multiple of 4 floats. */
  readonly allocate: (rowCount: number, columnCount: number) => Matrix;
};

const PAGE_BYTES = 65_536;
/** Size of each thread's own scratch at the start of the memory. */
export const SCRATCH_FLOATS = 4096;
const MAXIMUM_THREADS = 32;

/** @param floatCount total size of the matrices, without padding */
export function createArena(floatCount: number): Arena {
  const reserved = SCRATCH_FLOATS * MAXIMUM_THREADS;
  const pages = Math.ceil(((floatCount + reserved) * 4) / PAGE_BYTES) + 1;
  if (pages > PAGE_BYTES)
    throw new RangeError(`expected at most 4 GB of matrices, got ${floatCount * 4} bytes`);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const limit = (pages * PAGE_BYTES) / 4;
  let next = reserved;

  function allocate(rowCount: number, columnCount: number): Matrix {
    const rowStride = Math.ceil(columnCount / 4) * 4;
    const offset = next;
    next += rowCount * rowStride;
    if (next > limit) throw new RangeError(`the arena of ${floatCount} floats is too small`);
    return { offset, rowCount, columnCount, rowStride, columnStride: 1 };
  }
  return { memory, allocate };
}
