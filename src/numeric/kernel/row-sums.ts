/** Weighted sums of rows of a sparse matrix, in memory that is used again and again. For one caller at a time. */

import type { SparseMatrix } from '../sparse.ts';
import { compiled } from './kernel.ts';

export type RowSums = {
  /** Length columns; zeros between two uses, which is the caller's to keep. */
  readonly sums: Float64Array;
  /** sums += sum over the rows of weight · row. Rows are distinct. O(their entries). */
  readonly add: (rows: Uint32Array, weights: Float32Array) => void;
  /** The first column from `start` on whose sum is at least `least`; the number of columns where none is. */
  readonly findAtLeast: (start: number, least: number) => number;
};

type Exports = {
  readonly addRows: (...args: readonly (number | boolean)[]) => void;
  readonly findAtLeast: (numbers: number, start: number, count: number, least: number) => number;
};

const PAGE_BYTES = 65_536;
/** Column numbers take half the room where they fit. */
const MOST_NARROW_COLUMNS = 2 ** 16;

export function createRowSums(matrix: SparseMatrix): RowSums {
  return compiled === null ? createPlainRowSums(matrix) : createFastRowSums(matrix, compiled);
}

function createFastRowSums(matrix: SparseMatrix, module: WebAssembly.Module): RowSums {
  const { rowCount, columnCount } = matrix;
  const entryCount = matrix.columns.length;
  const isWide = columnCount > MOST_NARROW_COLUMNS;
  const sizes = {
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
  const { addRows, findAtLeast } = exports as unknown as Exports;
  return {
    sums: new Float64Array(buffer, at.sums, columnCount),
    add(rows, weights) {
      givenRows.set(rows);
      givenWeights.set(weights);
      addRows(rows.length, at.rows, at.weights, at.offsets, at.columns, at.values, isWide, at.sums);
    },
    findAtLeast: (start, least) => findAtLeast(at.sums, start, columnCount, least),
  };
}

/** Where each piece begins, one after the other, on bounds of 16 bytes; after a first page that the module may use. */
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
    sums,
    add(rows, weights) {
      for (let place = 0; place < rows.length; place += 1) {
        const row = rows[place]!;
        const weight = weights[place]!;
        for (let slot = offsets[row]!; slot < offsets[row + 1]!; slot += 1) {
          sums[columns[slot]!]! += weight * values[slot]!;
        }
      }
    },
    findAtLeast(start, least) {
      for (let column = start; column < columnCount; column += 1) if (sums[column]! >= least) return column;
      return columnCount;
    },
  };
}
