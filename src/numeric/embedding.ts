/** Embeddings, one row per user or item, with sparse Adam steps. */

import { type AdamParameters, createAdamParameters, stepAdam } from './adam.ts';
import { type Random } from './random.ts';

export type Embedding = {
  readonly width: number;
  readonly parameters: AdamParameters;
  /** Gradients of the rows touched since the last step, in the order of `touched`. */
  readonly gradients: Float32Array;
  /** Index of a row among the touched ones, -1 where untouched; length rows. */
  readonly slots: Int32Array;
  readonly touched: number[];
};

/** @param touchedAtMost maximum number of rows between two steps */
export function createEmbedding(
  rowCount: number,
  width: number,
  touchedAtMost: number,
  deviation: number,
  random: Random,
): Embedding {
  const values = Float32Array.from({ length: rowCount * width }, () => deviation * random.normal());
  return {
    width,
    parameters: createAdamParameters(values),
    gradients: new Float32Array(Math.min(touchedAtMost, rowCount) * width),
    slots: new Int32Array(rowCount).fill(-1),
    touched: [],
  };
}

/** Offset in `gradients` of the gradient of a row. */
export function gradientStart(embedding: Embedding, row: number): number {
  let slot = embedding.slots[row]!;
  if (slot < 0) {
    slot = embedding.touched.length;
    embedding.slots[row] = slot;
    embedding.touched.push(row);
  }
  return slot * embedding.width;
}

/** One Adam step for every touched row. */
export function stepEmbedding(embedding: Embedding, rate: number): void {
  const { width, touched, gradients } = embedding;
  for (const [slot, row] of touched.entries()) {
    stepAdam(embedding.parameters, row * width, gradients.subarray(slot * width, (slot + 1) * width), rate);
    embedding.slots[row] = -1;
  }
  touched.length = 0;
}
