/** Compressed sparse rows (CSR). */

/** Row r has the slots offsets[r] to offsets[r + 1] of `columns` and `values`. */
export type SparseMatrix = {
  readonly rowCount: number;
  readonly columnCount: number;
  /** rowCount + 1 */
  readonly offsets: Uint32Array;
  /** Column of each slot; ascending within a row by default. */
  readonly columns: Uint32Array;
  readonly values: Float32Array;
};

/**
 * Builds a matrix from coordinates in any order; values of equal coordinates are added. Two counting sorts, O(entries +
 * rows + columns); columns are ascending.
 */
export function sparseFromTriples(
  rowCount: number,
  columnCount: number,
  rows: ArrayLike<number>,
  columns: ArrayLike<number>,
  values: ArrayLike<number>,
): SparseMatrix {
  const offsets = countOffsets(rows, rowCount);
  const cursor = offsets.slice();
  const unordered = {
    rowCount,
    columnCount,
    offsets,
    columns: new Uint32Array(rows.length),
    values: new Float32Array(rows.length),
  };
  for (let entry = 0; entry < rows.length; entry += 1) {
    const slot = cursor[rows[entry]!]!++;
    unordered.columns[slot] = columns[entry]!;
    unordered.values[slot] = values[entry]!;
  }
  // Transposing twice sorts the columns of every row.
  return addUpRepeated(transpose(transpose(unordered)));
}

/** Columns become rows, in O(entries); columns of the result ascend. */
export function transpose(matrix: SparseMatrix): SparseMatrix {
  const offsets = countOffsets(matrix.columns, matrix.columnCount);
  const cursor = offsets.slice();
  const columns = new Uint32Array(matrix.columns.length);
  const values = new Float32Array(matrix.columns.length);
  for (let row = 0; row < matrix.rowCount; row += 1) {
    for (let slot = matrix.offsets[row]!; slot < matrix.offsets[row + 1]!; slot += 1) {
      const target = cursor[matrix.columns[slot]!]!++;
      columns[target] = row;
      values[target] = matrix.values[slot]!;
    }
  }
  return { rowCount: matrix.columnCount, columnCount: matrix.rowCount, offsets, columns, values };
}

/** Adds one row of the product left · right to a dense row. O(entries of the selected right rows). */
export function addProductRow(
  left: SparseMatrix,
  right: SparseMatrix,
  row: number,
  sums: Float64Array,
): void {
  const { offsets, columns, values } = right;
  for (let seen = left.offsets[row]!; seen < left.offsets[row + 1]!; seen += 1) {
    const middle = left.columns[seen]!;
    const factor = left.values[seen]!;
    const end = offsets[middle + 1]!;
    for (let slot = offsets[middle]!; slot < end; slot += 1) sums[columns[slot]!]! += factor * values[slot]!;
  }
}

/** CSR offsets from the row of every entry. */
export function countOffsets(rows: ArrayLike<number>, rowCount: number): Uint32Array {
  const offsets = new Uint32Array(rowCount + 1);
  for (let entry = 0; entry < rows.length; entry += 1) {
    const row = rows[entry]!;
    if (!(row >= 0 && row < rowCount))
      throw new RangeError(`expected an index under ${rowCount}, got ${row}`);
    offsets[row + 1]! += 1;
  }
  for (let row = 0; row < rowCount; row += 1) offsets[row + 1]! += offsets[row]!;
  return offsets;
}

function addUpRepeated(matrix: SparseMatrix): SparseMatrix {
  const { rowCount, columns, values } = matrix;
  const offsets = new Uint32Array(rowCount + 1);
  let kept = 0;
  for (let row = 0; row < rowCount; row += 1) {
    const start = kept;
    for (let slot = matrix.offsets[row]!; slot < matrix.offsets[row + 1]!; slot += 1) {
      if (kept > start && columns[kept - 1] === columns[slot]) {
        values[kept - 1]! += values[slot]!;
      } else {
        columns[kept] = columns[slot]!;
        values[kept] = values[slot]!;
        kept += 1;
      }
    }
    offsets[row + 1] = kept;
  }
  return { ...matrix, offsets, columns: columns.slice(0, kept), values: values.slice(0, kept) };
}
