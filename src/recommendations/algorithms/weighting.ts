/** Weights of interactions for similarities. Does not change which interactions exist. */

import { type SparseMatrix } from '#numeric/sparse.ts';

export type Weighting = 'binary' | 'count' | 'tf-idf' | 'bm25';

// The usual constants of the Okapi formula (Robertson and Zaragoza 2009): saturation and length normalisation.
const SATURATION = 1.2;
const LENGTH_CORRECTION = 0.75;

/**
 * Users are the documents and items the terms. tf-idf: sqrt(count) · ln(1 + users / users of the item);
 * bm25: idf · count · (k1 + 1) / (count + k1 · (1 - b + b · length / mean length)).
 * @param byUser users × items, values ≥ 0
 */
export function weightInteractions(byUser: SparseMatrix, weighting: Weighting): SparseMatrix {
  if (weighting === 'count') return byUser;
  const { rowCount, offsets, columns } = byUser;
  const values = new Float32Array(columns.length).fill(1);
  if (weighting === 'binary') return { ...byUser, values };

  const documentCounts = new Float64Array(byUser.columnCount);
  for (const column of columns) documentCounts[column]! += 1;
  const meanLength = columns.length / rowCount;

  for (let row = 0; row < rowCount; row += 1) {
    const length = offsets[row + 1]! - offsets[row]!;
    const damping = SATURATION * (1 - LENGTH_CORRECTION + (LENGTH_CORRECTION * length) / meanLength);
    for (let slot = offsets[row]!; slot < offsets[row + 1]!; slot += 1) {
      const count = byUser.values[slot]!;
      const idf = Math.log(1 + rowCount / documentCounts[columns[slot]!]!);
      values[slot] =
        idf * (weighting === 'bm25' ? (count * (SATURATION + 1)) / (count + damping) : Math.sqrt(count));
    }
  }
  return { ...byUser, values };
}
