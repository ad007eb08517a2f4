/** EASE and EDLAE: every item as a weighted sum of all other items, in closed form. */

import { createArena, type Matrix } from '#numeric/dense.ts';
import { createKernel } from '#numeric/kernel/kernel.ts';
import { type FactorScratch, invert } from '#numeric/positive-definite.ts';
import { type SparseMatrix, transpose } from '#numeric/sparse.ts';
import { type PoolWorker, SINGLE_THREAD, type WorkerPool } from '#numeric/worker-pool.ts';
import { type Contribution, type History, type Interactions } from './interactions.ts';

export type EaseParameters = {
  /** Ridge penalty on every weight. */
  readonly l2: number;
  /** EDLAE: the share of a history that is dropped and must be restored; 0 is EASE. */
  readonly dropout: number;
};

export const EASE_DEFAULTS: EaseParameters = { l2: 500, dropout: 0 };
export const EDLAE_DEFAULTS: EaseParameters = { l2: 500, dropout: 0.3 };

export type EaseModel = {
  readonly itemCount: number;
  /** Row i, column j: weight of item i for item j; zero on the diagonal. Rows are `rowStride` apart. */
  readonly weights: Float32Array;
  readonly rowStride: number;
};

// Blocks of this size fit a strip, a panel and a target into the L2 cache.
const BLOCK = 128;
const MEMORY_OF = (itemCount: number): number => itemCount * (itemCount + 2 * BLOCK) + 64 * BLOCK * BLOCK;

/**
 * Minimises |X - X·B|² + l2·|B|² with a zero diagonal: with P = (XᵀX + Λ)⁻¹, B_ij = -P_ij / P_jj (Steck 2019), where Λ
 * = l2 + dropout / (1 - dropout) · diag(XᵀX) (Steck 2020). Interactions count as 1. O(sum of squared history lengths +
 * items³); items² floats of memory.
 */
export function trainEase(
  { byUser }: Interactions,
  parameters: EaseParameters,
  pool: WorkerPool = SINGLE_THREAD,
): EaseModel {
  const itemCount = byUser.columnCount;
  const arena = createArena(MEMORY_OF(itemCount));
  const gram = arena.allocate(itemCount, itemCount);
  const scratch = {
    diagonal: arena.allocate(itemCount, BLOCK),
    panel: arena.allocate(pool.size * BLOCK, BLOCK),
  };
  const byItem = transpose(byUser);

  pool.run(import.meta.url, solveEase, { memory: arena.memory, gram, scratch, byUser, byItem, parameters });
  const weights = new Float32Array(arena.memory.buffer, gram.offset * 4, itemCount * gram.rowStride);
  return { itemCount, weights, rowStride: gram.rowStride };
}

type EaseInput = {
  readonly memory: WebAssembly.Memory;
  readonly gram: Matrix;
  readonly scratch: FactorScratch;
  readonly byUser: SparseMatrix;
  readonly byItem: SparseMatrix;
  readonly parameters: EaseParameters;
};

/** @public run by the workers of a pool */
export function solveEase(input: EaseInput, member: PoolWorker): void {
  const { gram, scratch, byUser, byItem, parameters } = input;
  const kernel = createKernel(input.memory, member.index);
  const { floats } = kernel;
  const itemCount = gram.rowCount;
  const rowOf = (item: number): number => gram.offset + item * gram.rowStride;

  // Lower triangle of XᵀX: number of users with both items. Integers of one thread are faster to count.
  const counts = new Int32Array(itemCount);
  member.share(itemCount, (item) => {
    const row = rowOf(item);
    counts.fill(0, 0, item + 1);
    for (let seen = byItem.offsets[item]!; seen < byItem.offsets[item + 1]!; seen += 1) {
      const user = byItem.columns[seen]!;
      const end = byUser.offsets[user + 1]!;
      for (let slot = byUser.offsets[user]!; slot < end; slot += 1) {
        const other = byUser.columns[slot]!;
        if (other > item) break;
        counts[other]! += 1;
      }
    }
    for (let other = 0; other <= item; other += 1) floats[row + other] = counts[other]!;
    floats[row + item]! +=
      parameters.l2 + (parameters.dropout / (1 - parameters.dropout)) * floats[row + item]!;
  });

  invert(kernel, member, gram, scratch);

  const diagonal = Float64Array.from({ length: itemCount }, (_, item) => floats[rowOf(item) + item]!);
  member.barrier();
  member.share(itemCount, (item) => {
    const row = rowOf(item);
    for (let other = 0; other < itemCount; other += 1) floats[row + other]! /= -diagonal[other]!;
    floats[row + item] = 0;
  });
}

/** score_j = sum over history items i of weight_i · B_ij. O(history × items). */
export function scoreEase(model: EaseModel, history: History): Float64Array {
  const { itemCount, weights, rowStride } = model;
  const scores = new Float64Array(itemCount);
  const last = history.itemIndices.length - 1;
  const rowOf = (entry: number): number => history.itemIndices[Math.min(entry, last)]! * rowStride;
  const weightOf = (entry: number): number => (entry <= last ? history.weights[entry]! : 0);
  // Four rows at a time: a score is then loaded and stored a quarter as often, which halves the time.
  for (let entry = 0; entry <= last; entry += 4) {
    const [row0, row1, row2, row3] = [rowOf(entry), rowOf(entry + 1), rowOf(entry + 2), rowOf(entry + 3)];
    const [weight0, weight1] = [weightOf(entry), weightOf(entry + 1)];
    const [weight2, weight3] = [weightOf(entry + 2), weightOf(entry + 3)];
    for (let item = 0; item < itemCount; item += 1) {
      scores[item]! +=
        weight0 * weights[row0 + item]! +
        weight1 * weights[row1 + item]! +
        weight2 * weights[row2 + item]! +
        weight3 * weights[row3 + item]!;
    }
  }
  return scores;
}

/** Contribution of each history item, possibly negative: they sum exactly to the score. */
export function explainEase(model: EaseModel, history: History, itemIndex: number): readonly Contribution[] {
  return Array.from(history.itemIndices, (item, entry) => ({
    itemIndex: item,
    value: history.weights[entry]! * model.weights[item * model.rowStride + itemIndex]!,
  }));
}
