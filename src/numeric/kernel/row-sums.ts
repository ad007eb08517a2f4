/** Weighted sums of rows of a sparse matrix, in reused memory. */

import type { SparseMatrix } from '../sparse.ts';
import { compiled } from './kernel.ts';

export type RowSums = {
  /**
   * Sums weight · row over the rows, which are distinct, and emits each column whose sum is at least `least()` at that
   * moment, in no particular order; `least()` is above 0. O(entries of the rows), independent of the number of columns.
   */
  readonly forEachAtLeast: (
    rows: Uint32Array,
    weights: Float32Array,
    least: () => number,
    take: (column: number, sum: number) => void,
  ) => void;
};

type Exports = Readonly<
  Record<'addRows' | 'takeAtLeast', (...args: readonly (number | boolean)[]) => number>
>;

/**
 * Number of columns read from the kernel at once: with more, the threshold rises too late, with fewer, the calls cost
 * more.
 */
const ROOM = 16;
const FOUND_BYTES = 16;
const PAGE_BYTES = 65_536;
/** Column indexes take half the memory below this size. */
const MAX_NARROW_COLUMNS = 2 ** 16;

export function createRowSums(matrix: SparseMatrix): RowSums {
  return compiled === null ? createPlainRowSums(matrix) : createFastRowSums(matrix, compiled);
}

function createFastRowSums(matrix: SparseMatrix, module: WebAssembly.Module): RowSums {
  const { rowCount, columnCount } = matrix;
  const entryCount = matrix.columns.length;
  const isWide = columnCount > MAX_NARROW_COLUMNS;
  const sizes = {
    walk: 8,
    found: ROOM * FOUND_BYTES,
    sums: columnCount * 8,
    offsets: (rowCount + 1) * 4,
    rows: rowCount * 4,
    weights: rowCount * 4,
    values: entryCount * 4,
    columns: entryCount * (isWide ? 4 : 2),
  };
  const at = layOut(sizes);
  const pages = Math.ceil(at.end / PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const { buffer } = memory;
  new Uint32Array(buffer, at.offsets, rowCount + 1).set(matrix.offsets);
  new Float32Array(buffer, at.values, entryCount).set(matrix.values);
  const columns = isWide
    ? new Uint32Array(buffer, at.columns, entryCount)
    : new Uint16Array(buffer, at.columns, entryCount);
  columns.set(matrix.columns);
  const givenRows = new Uint32Array(buffer, at.rows, rowCount);
  const givenWeights = new Float32Array(buffer, at.weights, rowCount);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const { addRows, takeAtLeast } = exports as unknown as Exports;
  const walk = new Uint32Array(buffer, at.walk, 2);
  const foundSums = new Float64Array(buffer, at.found, ROOM * 2);
  const foundColumns = new Uint32Array(buffer, at.found, ROOM * 4);
  return {
    forEachAtLeast(rows, weights, least, take) {
      const count = rows.length;
      // For so few numbers `set` would take longer.
      for (let index = 0; index < count; index += 1) {
        givenRows[index] = rows[index]!;
        givenWeights[index] = weights[index]!;
      }
      addRows(count, at.rows, at.weights, at.offsets, at.columns, at.values, isWide, at.sums);
      walk[0] = 0;
      walk[1] = 0;
      const goOn = (): number =>
        takeAtLeast(
          at.walk,
          least(),
          at.found,
          ROOM,
          count,
          at.rows,
          at.offsets,
          at.columns,
          isWide,
          at.sums,
        );
      for (let size = goOn(); size > 0; size = goOn()) {
        for (let index = 0; index < size; index += 1) {
          const sum = foundSums[index * 2]!;
          if (sum >= least()) take(foundColumns[index * 4 + 2]!, sum);
        }
      }
    },
  };
}

/** Offset of each array, consecutive and aligned to 16 bytes; after a first page for the module. */
function layOut<Name extends string>(sizes: Readonly<Record<Name, number>>): Record<Name | 'end', number> {
  let end = PAGE_BYTES;
  const starts = Object.entries<number>(sizes).map(([name, size]) => {
    const start = end;
    end = start + Math.ceil(size / 16) * 16;
    return [name, start];
  });
  return Object.fromEntries([...starts, ['end', end]]) as Record<Name | 'end', number>;
}

/** The same in plain JavaScript, at about half the speed. */
export function createPlainRowSums({ offsets, columns, values, columnCount }: SparseMatrix): RowSums {
  const sums = new Float64Array(columnCount);
  return {
    forEachAtLeast(rows, weights, least, take) {
      for (let index = 0; index < rows.length; index += 1) {
        const row = rows[index]!;
        const weight = weights[index]!;
        for (let slot = offsets[row]!; slot < offsets[row + 1]!; slot += 1) {
          sums[columns[slot]!]! += weight * values[slot]!;
        }
      }
      for (const row of rows) {
        for (let slot = offsets[row]!; slot < offsets[row + 1]!; slot += 1) {
          const column = columns[slot]!;
          const sum = sums[column]!;
          sums[column] = 0;
          if (sum >= least()) take(column, sum);
        }
      }
    },
  };
}
