/** Sparse matrices as parts of a stored model and back. */
import type { SparseMatrix } from '#numeric/sparse.ts';

import { type ModelParts, takePart } from './recommender.ts';

export function storeMatrix(name: string, { offsets, columns, values }: SparseMatrix): ModelParts {
  return {
    [`${name}.offsets.u32`]: offsets as Uint32Array<ArrayBuffer>,
    [`${name}.columns.u32`]: columns as Uint32Array<ArrayBuffer>,
    [`${name}.values.f32`]: values as Float32Array<ArrayBuffer>,
  };
}

export function takeMatrix(parts: ModelParts, name: string, columnCount: number): SparseMatrix {
  const offsets = takePart(parts, `${name}.offsets.u32`, Uint32Array);
  return {
    rowCount: offsets.length - 1,
    columnCount,
    offsets,
    columns: takePart(parts, `${name}.columns.u32`, Uint32Array),
    values: takePart(parts, `${name}.values.f32`, Float32Array),
  };
}
