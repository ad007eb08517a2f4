/** Trains implicit alternating least squares: customers and items as factors. Scoring is in ials-fold-in.ts. */

import { type Arena, block, createArena, type Matrix, transposed } from '#numeric/dense.ts';
import { createKernel, type Kernel } from '#numeric/kernel/kernel.ts';
import { createRandom } from '#numeric/random.ts';
import { type SparseMatrix, transpose } from '#numeric/sparse.ts';
import { type PoolWorker, SINGLE_THREAD, type WorkerPool } from '#numeric/worker-pool.ts';
import { type Interactions } from './interactions.ts';

export type IalsParameters = {
  readonly factorCount: number;
  /** Number of alternations between customers and items. */
  readonly epochs: number;
  /** Weight of every pair of customer and item as an observed 0. */
  readonly unobservedWeight: number;
  readonly regularisation: number;
  /** 1 penalises a factor by its number of interactions, 0 all equally. */
  readonly frequencyExponent: number;
  /**
   * Whether all customers are solved once more at the end: their factors then equal the folded-in history. The
   * published runs end with the items.
   */
  readonly solvesUsersLast: boolean;
  /**
   * Steps of conjugate gradients per customer or item and round; the number of factors solves exactly. On a validation
   * split of MovieLens-1M 3 lose .001 of HR@10 and nDCG@10, and 4 at most .0005.
   */
  readonly solverSteps: number;
};

export const IALS_DEFAULTS: IalsParameters = {
  factorCount: 64,
  epochs: 8,
  unobservedWeight: 0.3,
  regularisation: 0.005,
  frequencyExponent: 1,
  solvesUsersLast: true,
  solverSteps: 4,
};

export type IalsModel = {
  readonly itemCount: number;
  /** users × factors and items × factors, row-major. Serving folds histories in: it needs only the items. */
  readonly userFactors: Float32Array;
  readonly itemFactors: Float32Array;
  /** factors × factors: the sum of all items' outer products. */
  readonly gram: Float64Array;
  readonly parameters: IalsParameters;
};

/** Rows of scratch memory of the kernel per system. */
const SCRATCH_ROWS = 3;

/**
 * Minimises sum over interactions of (1 - w_u·h_i)² + a0 · sum over all pairs of (w_u·h_i)² + penalties, where a
 * customer's penalty is l · (|items| + a0 · all items)^v and an item's likewise (Hu, Koren, Volinsky 2008; Rendle,
 * Krichene, Zhang, Koren 2022). A round approaches each solution by conjugate gradients from that of the round before
 * and never forms its matrix (Takács, Pilászy, Tikk 2011).
 * O(epochs · steps · (interactions · factors + (users + items) · factors²)).
 */
export function trainIals(
  { byUser }: Interactions,
  parameters: IalsParameters,
  seed: number,
  pool: WorkerPool = SINGLE_THREAD,
): IalsModel {
  const { factorCount: d } = parameters;
  const userCount = byUser.rowCount;
  const itemCount = byUser.columnCount;
  const scratchRows = pool.size * SCRATCH_ROWS;
  const rowCount = userCount + itemCount + scratchRows + d;
  const arena = createArena(rowCount * (d + 4) + 2 * (byUser.columns.length + 4));
  const users = arena.allocate(userCount, d);
  const items = arena.allocate(itemCount, d);
  const input = {
    memory: arena.memory,
    users,
    items,
    gram: arena.allocate(d, d),
    scratch: arena.allocate(scratchRows, d),
    byUser: placeRows(arena, byUser),
    byItem: placeRows(arena, transpose(byUser)),
    parameters,
  };

  const floats = new Float32Array(arena.memory.buffer);
  const random = createRandom(seed);
  const deviation = 0.1 / Math.sqrt(d);
  for (let cell = 0; cell < itemCount * items.rowStride; cell += 1) {
    if (cell % items.rowStride < d) floats[items.offset + cell] = deviation * random.normal();
  }

  pool.run(import.meta.url, alternate, input);
  const itemFactors = copyRows(floats, items);
  const userFactors = copyRows(floats, users);
  return {
    itemCount,
    userFactors,
    itemFactors,
    gram: sumOuterProducts(itemFactors, d),
    parameters,
  };
}

function copyRows(floats: Float32Array, matrix: Matrix): Float32Array {
  const copied = new Float32Array(matrix.rowCount * matrix.columnCount);
  for (let row = 0; row < matrix.rowCount; row += 1) {
    const start = matrix.offset + row * matrix.rowStride;
    copied.set(floats.subarray(start, start + matrix.columnCount), row * matrix.columnCount);
  }
  return copied;
}

/** The sparse matrix of one side; its column indexes are in the memory of the kernel. */
type SeenRows = Pick<SparseMatrix, 'rowCount' | 'offsets'> & { readonly columns: Matrix };

function placeRows(arena: Arena, { rowCount, offsets, columns }: SparseMatrix): SeenRows {
  const placed = arena.allocate(1, columns.length);
  new Uint32Array(arena.memory.buffer, placed.offset * 4, columns.length).set(columns);
  return { rowCount, offsets, columns: placed };
}

type IalsInput = {
  readonly memory: WebAssembly.Memory;
  readonly users: Matrix;
  readonly items: Matrix;
  readonly gram: Matrix;
  readonly scratch: Matrix;
  readonly byUser: SeenRows;
  readonly byItem: SeenRows;
  readonly parameters: IalsParameters;
};

/** @public run by the workers of a pool */
export function alternate(input: IalsInput, member: PoolWorker): void {
  const kernel = createKernel(input.memory, member.index);
  for (let epoch = 0; epoch < input.parameters.epochs; epoch += 1) {
    solveSide(kernel, member, input, input.byUser, input.users, input.items);
    solveSide(kernel, member, input, input.byItem, input.items, input.users);
  }
  if (input.parameters.solvesUsersLast)
    solveSide(kernel, member, input, input.byUser, input.users, input.items);
}

/** Solves every row of one side while the other is fixed. */
function solveSide(
  kernel: Kernel,
  member: PoolWorker,
  input: IalsInput,
  seen: SeenRows,
  solved: Matrix,
  fixed: Matrix,
): void {
  const { unobservedWeight, factorCount: d, solverSteps } = input.parameters;
  if (member.index === 0) kernel.multiply(unobservedWeight, transposed(fixed), fixed, 0, input.gram);
  member.barrier();

  const { floats } = kernel;
  const scratch = block(input.scratch, member.index * SCRATCH_ROWS, 0, SCRATCH_ROWS, d);
  // Rows are claimed in batches, which makes claiming cheap.
  const batch = 16;
  member.share(Math.ceil(seen.rowCount / batch), (part) => {
    for (let row = part * batch; row < Math.min((part + 1) * batch, seen.rowCount); row += 1) {
      const start = seen.offsets[row]!;
      const count = seen.offsets[row + 1]! - start;
      const solution = solved.offset + row * solved.rowStride;
      if (count === 0) floats.fill(0, solution, solution + d);
      else {
        kernel.solveNormalEquations({
          shared: input.gram,
          penalty: penaltyOf(input.parameters, count, fixed.rowCount),
          rows: fixed,
          indices: seen.columns.offset + start,
          count,
          solution,
          steps: solverSteps,
          scratch,
        });
      }
    }
  });
}

/** The ridge penalty of a row with this many interactions. */
export function penaltyOf(parameters: IalsParameters, count: number, otherCount: number): number {
  const frequency = count + parameters.unobservedWeight * otherCount;
  return parameters.regularisation * frequency ** parameters.frequencyExponent;
}

function sumOuterProducts(factors: Float32Array, d: number): Float64Array {
  const gram = new Float64Array(d * d);
  for (let start = 0; start < factors.length; start += d) {
    for (let row = 0; row < d; row += 1) {
      const factor = factors[start + row]!;
      for (let column = 0; column <= row; column += 1)
        gram[row * d + column]! += factor * factors[start + column]!;
    }
  }
  for (let row = 0; row < d; row += 1) {
    for (let column = row + 1; column < d; column += 1) gram[row * d + column] = gram[column * d + row]!;
  }
  return gram;
}
