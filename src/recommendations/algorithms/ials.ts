/** Trains implicit alternating least squares: customers and items as factors. Scoring is in ials-fold-in.ts. */

import { block, createArena, type Matrix, transposed } from '#numeric/dense.ts';
import { createKernel, type Kernel } from '#numeric/kernel/kernel.ts';
import { type FactorScratch, factorise } from '#numeric/positive-definite.ts';
import { createRandom } from '#numeric/random.ts';
import { type SparseMatrix, transpose } from '#numeric/sparse.ts';
import { ALONE, type PoolWorker, SINGLE_THREAD, type WorkerPool } from '#numeric/worker-pool.ts';
import { type Interactions } from './interactions.ts';

export type IalsParameters = {
  readonly factorCount: number;
  /** Times that all customers and then all items are solved. */
  readonly epochs: number;
  /** Weight of every pair of customer and item as an observed 0. */
  readonly unobservedWeight: number;
  readonly regularisation: number;
  /** 1 penalises a factor by how often it is used, 0 all alike. */
  readonly frequencyExponent: number;
  /**
   * Whether all customers are solved once more at the end: their factors are then what folding their history in gives.
   * The published runs end with the items.
   */
  readonly solvesUsersLast: boolean;
};

export const IALS_DEFAULTS: IalsParameters = {
  factorCount: 64,
  epochs: 8,
  unobservedWeight: 0.3,
  regularisation: 0.005,
  frequencyExponent: 1,
  solvesUsersLast: true,
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

const BLOCK = 32;
/** Rows of factors gathered for one product. */
const PANEL_ROWS = 512;

/**
 * Minimises sum over interactions of (1 - w_u·h_i)² + a0 · sum over all pairs of (w_u·h_i)² + penalties, where a
 * customer's penalty is l · (|items| + a0 · all items)^v and an item's likewise (Hu, Koren, Volinsky 2008; Rendle,
 * Krichene, Zhang, Koren 2022). O(epochs · (interactions · factors² + (users + items) · factors³)).
 */
export function trainIals(
  { byUser }: Interactions,
  parameters: IalsParameters,
  seed: number,
  team: WorkerPool = SINGLE_THREAD,
): IalsModel {
  const { factorCount: d } = parameters;
  const userCount = byUser.rowCount;
  const itemCount = byUser.columnCount;
  const scratchRows = team.size * (PANEL_ROWS + d + BLOCK + 2) + 2 * d + team.size * d;
  const arena = createArena((userCount + itemCount + scratchRows) * (Math.max(d, BLOCK) + 4));
  const users = arena.place(userCount, d);
  const items = arena.place(itemCount, d);
  const input = {
    memory: arena.memory,
    users,
    items,
    gram: arena.place(d, d),
    panels: arena.place(team.size * PANEL_ROWS, d),
    systems: arena.place(team.size * d, d),
    diagonals: arena.place(team.size * d, BLOCK),
    corners: arena.place(team.size * BLOCK, BLOCK),
    byUser,
    byItem: transpose(byUser),
    parameters,
  };

  const floats = new Float32Array(arena.memory.buffer);
  const random = createRandom(seed);
  const deviation = 0.1 / Math.sqrt(d);
  for (let cell = 0; cell < itemCount * items.rowStride; cell += 1) {
    if (cell % items.rowStride < d) floats[items.offset + cell] = deviation * random.normal();
  }

  team.run(import.meta.url, alternate, input);
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

type IalsInput = {
  readonly memory: WebAssembly.Memory;
  readonly users: Matrix;
  readonly items: Matrix;
  readonly gram: Matrix;
  readonly panels: Matrix;
  readonly systems: Matrix;
  readonly diagonals: Matrix;
  readonly corners: Matrix;
  readonly byUser: SparseMatrix;
  readonly byItem: SparseMatrix;
  readonly parameters: IalsParameters;
};

/** @public run by the members of a team */
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
  seen: SparseMatrix,
  solved: Matrix,
  fixed: Matrix,
): void {
  const { unobservedWeight, factorCount: d } = input.parameters;
  if (member.index === 0) kernel.multiply(unobservedWeight, transposed(fixed), fixed, 0, input.gram);
  member.barrier();

  const { floats } = kernel;
  const panel = block(input.panels, member.index * PANEL_ROWS, 0, PANEL_ROWS, d);
  const system = block(input.systems, member.index * d, 0, d, d);
  const scratch: FactorScratch = {
    diagonal: block(input.diagonals, member.index * d, 0, d, BLOCK),
    panel: block(input.corners, member.index * BLOCK, 0, BLOCK, BLOCK),
  };
  // Rows come in batches, so that claiming one costs little.
  const batch = 16;
  member.share(Math.ceil(seen.rowCount / batch), (part) => {
    for (let row = part * batch; row < Math.min((part + 1) * batch, seen.rowCount); row += 1) {
      const start = seen.offsets[row]!;
      const end = seen.offsets[row + 1]!;
      const target = solved.offset + row * solved.rowStride;
      floats.fill(0, target, target + d);
      if (start === end) continue;

      copyLower(kernel, input.gram, system, penaltyOf(input.parameters, end - start, fixed.rowCount));
      for (let first = start; first < end; first += PANEL_ROWS) {
        const count = Math.min(PANEL_ROWS, end - first);
        gather(kernel, seen.columns.subarray(first, first + count), fixed, panel, target);
        addLowerProduct(kernel, block(panel, 0, 0, count, d), system);
      }
      factorise(kernel, ALONE, system, scratch);
      kernel.substitute(system, target);
    }
  });
}

/** The ridge penalty of a row with this many interactions. */
export function penaltyOf(parameters: IalsParameters, count: number, otherCount: number): number {
  const frequency = count + parameters.unobservedWeight * otherCount;
  return parameters.regularisation * frequency ** parameters.frequencyExponent;
}

function copyLower({ floats, copyRun }: Kernel, source: Matrix, target: Matrix, penalty: number): void {
  for (let row = 0; row < source.rowCount; row += 1) {
    const start = source.offset + row * source.rowStride;
    const end = target.offset + row * target.rowStride;
    copyRun(row + 1, start, end);
    floats[end + row]! += penalty;
  }
}

/** Copies the rows of the seen items into the panel and adds them up as the right side of the system. */
function gather(
  { copyRun, addScaled }: Kernel,
  rows: Uint32Array,
  fixed: Matrix,
  panel: Matrix,
  target: number,
): void {
  const d = fixed.columnCount;
  let place = panel.offset;
  for (const row of rows) {
    const start = fixed.offset + row * fixed.rowStride;
    copyRun(d, start, place);
    addScaled(d, 1, start, target);
    place += panel.rowStride;
  }
}

/** Adds panelᵀ · panel to the lower triangle, in strips of columns. */
function addLowerProduct(kernel: Kernel, panel: Matrix, system: Matrix): void {
  const d = system.rowCount;
  for (let column = 0; column < d; column += BLOCK) {
    const width = Math.min(BLOCK, d - column);
    const below = block(panel, 0, column, panel.rowCount, d - column);
    const strip = block(panel, 0, column, panel.rowCount, width);
    kernel.multiply(1, transposed(below), strip, 1, block(system, column, column, d - column, width));
  }
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
